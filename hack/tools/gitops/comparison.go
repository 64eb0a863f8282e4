package main

import (
	"encoding/json"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/resource"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
)

// difference is an object that is not as committed: what it is, and what an apply would make of it.
type difference struct {
	Object    string          `json:"object"`
	Live      json.RawMessage `json:"live,omitempty"`
	Predicted json.RawMessage `json:"predicted,omitempty"`
}

// compare gives the objects that differ, by the kind of comparison that Argo CD would choose for the Application.
func (c *cluster) compare(
	both sync.ReconciliationResult, overrides map[string]v1alpha1.ResourceOverride,
) ([]difference, error) {
	builder := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(c.application.Spec.IgnoreDifferences, overrides,
			settings.GetDefaultDiffOptions().IgnoreAggregatedRoles, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(tracking)).
		WithNoCache().
		WithLogger(c.log).
		WithGVKParser(c.live.GetGVKParser()).
		WithManager(common.ArgoCDSSAManager).
		WithStructuredMergeDiff(c.serverSide())
	if resource.HasAnnotationOption(c.application, common.AnnotationCompareOptions, "ServerSideDiff=true") {
		applier, cleanup, err := kube.ManageServerSideDiffDryRuns(
			c.config, c.live.GetOpenAPISchema(), tracing.NopTracer{}, c.log, nil)
		if err != nil {
			return nil, err
		}
		defer cleanup()
		builder.WithServerSideDiff(true).WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))
	}
	config, err := builder.Build()
	if err != nil {
		return nil, err
	}
	compared, err := argodiff.StateDiffs(both.Live, both.Target, config)
	if err != nil {
		return nil, err
	}
	var differences []difference
	for at, one := range compared.Diffs {
		live, target := both.Live[at], both.Target[at]
		switch {
		case live == nil:
			differences = append(differences, difference{Object: name(target)})
		case target == nil:
			differences = append(differences, difference{Object: name(live)})
		case one.Modified:
			differences = append(differences, difference{name(target), one.NormalizedLive, one.PredictedLive})
		}
	}
	return differences, nil
}
