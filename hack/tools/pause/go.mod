module modelmonitor.dev/hack/tools/pause

go 1.26.8
