"""`modelmonitor open`: the generated dashboards as live pages, drawn from Prometheus' answers.

sources ─▶ dashboards (Grafana's own JSON) ─▶ answers (PromQL) ─▶ panels (chart, plots, tiles, tables) ─▶ page
serving ─▶ site ─▶ page: live; exporting ─▶ page: one file
"""
