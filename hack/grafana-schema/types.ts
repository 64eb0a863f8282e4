// What a classic dashboard consists of, in Grafana's own types: the dashboard, and what each kind of panel adds.
import type { Dashboard } from '@grafana/schema';
import type * as barchart from '@grafana/schema/dist/esm/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as statetimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type * as trend from '@grafana/schema/dist/esm/raw/composable/trend/panelcfg/x/TrendPanelCfg_types.gen';

export interface Schemas {
  dashboard: Dashboard;
  options: {
    barchart: barchart.Options;
    bargauge: bargauge.Options;
    stat: stat.Options;
    'state-timeline': statetimeline.Options;
    table: table.Options;
    timeseries: timeseries.Options;
    trend: trend.Options;
  };
  custom: {
    barchart: Partial<barchart.FieldConfig>;
    'state-timeline': Partial<statetimeline.FieldConfig>;
    table: Partial<table.FieldConfig>;
    timeseries: Partial<timeseries.FieldConfig>;
    trend: Partial<trend.FieldConfig>;
  };
}
