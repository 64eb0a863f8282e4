package main

import (
	"context"
	"fmt"
	"time"

	cri "k8s.io/cri-client/pkg"
)

// removeSandboxes stops and removes every pod of the container runtime at the
// given endpoint, together with its network: what stays when its kubelet is gone.
func removeSandboxes(endpoints []string) error {
	if len(endpoints) != 1 {
		return fmt.Errorf("remove-sandboxes: expected one endpoint (unix:///path/to/socket), got %d", len(endpoints))
	}
	ctx := context.Background()
	runtime, err := cri.NewRemoteRuntimeService(ctx, endpoints[0], time.Minute, nil, false)
	if err != nil {
		return err
	}
	sandboxes, err := runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return err
	}
	for _, sandbox := range sandboxes {
		if err := runtime.StopPodSandbox(ctx, sandbox.Id); err != nil {
			return err
		}
		if err := runtime.RemovePodSandbox(ctx, sandbox.Id); err != nil {
			return err
		}
	}
	return nil
}
