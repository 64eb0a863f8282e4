package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/engine"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync"
	synccommon "github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// tracking is how an object says which Application it belongs to, as Argo CD does by default.
const tracking = v1alpha1.TrackingMethodAnnotation

// cluster is what an Application makes of its namespace.
type cluster struct {
	application *v1alpha1.Application
	config      *rest.Config
	live        cache.ClusterCache
	engine      engine.GitOpsEngine
	settings    *settings.SettingsManager
	log         logr.Logger
}

// found is what one round saw and did.
type found struct {
	Revision    string                         `json:"revision"`
	Sync        v1alpha1.SyncStatusCode        `json:"sync"`
	Differences []difference                   `json:"differences,omitempty"`
	Applied     map[string]string              `json:"applied,omitempty"`
	Health      map[string]health.HealthStatus `json:"health,omitempty"`
	Error       string                         `json:"error,omitempty"`
}

func connect(asked options, application *v1alpha1.Application) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", asked.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	namespace := application.Spec.Destination.Namespace
	log := logr.FromSlogHandler(slog.Default().Handler())
	live := cache.NewClusterCache(config, cache.SetNamespaces([]string{namespace}), cache.SetLogr(log),
		cache.SetPopulateResourceInfoHandler(ownership))
	made := engine.NewEngine(config, live, engine.WithLogr(log))
	if _, err := made.Run(); err != nil {
		return nil, err
	}
	manager := settings.NewSettingsManager(context.Background(), clients, namespace)
	return &cluster{application, config, live, made, manager, log}, nil
}

// ownership remembers of an object which Application it belongs to, and keeps those that belong to one.
func ownership(object *unstructured.Unstructured, isRoot bool) (any, bool) {
	name := argo.NewResourceTracking().GetAppName(object, common.LabelKeyAppInstance, tracking, "")
	return name, isRoot && name != ""
}

func (c *cluster) owns(resource *cache.Resource) bool {
	return resource.Info == c.application.Name
}

// round compares what was committed with what is there, and applies it where they differ.
func (c *cluster) round(ctx context.Context, from repository, always bool) (found, error) {
	var seen found
	revision, targets, err := from.manifests()
	seen.Revision = revision
	if err != nil {
		return seen, err
	}
	for _, target := range targets {
		if err := c.claim(target); err != nil {
			return seen, err
		}
	}
	overrides, err := c.settings.GetResourceOverrides()
	if err != nil {
		return seen, err
	}
	owned, err := c.live.GetManagedLiveObjs(targets, c.owns)
	if err != nil {
		return seen, err
	}
	both := sync.Reconcile(targets, owned, c.application.Spec.Destination.Namespace, c.live)
	if seen.Health, err = healths(both.Live, overrides); err != nil {
		return seen, err
	}
	if seen.Differences, err = c.compare(both, overrides); err != nil {
		return seen, err
	}
	seen.Sync = v1alpha1.SyncStatusCodeSynced
	if len(seen.Differences) > 0 {
		seen.Sync = v1alpha1.SyncStatusCodeOutOfSync
	} else if !always {
		return seen, nil
	}
	seen.Applied, err = c.apply(ctx, targets, revision)
	return seen, err
}

// claim puts an object into the namespace and marks it as the Application's.
func (c *cluster) claim(target *unstructured.Unstructured) error {
	namespace := c.application.Spec.Destination.Namespace
	if target.GetNamespace() == "" {
		target.SetNamespace(namespace)
	}
	key := common.LabelKeyAppInstance
	return argo.NewResourceTracking().SetAppInstance(target, key, c.application.Name, namespace, tracking, "")
}

func healths(
	live []*unstructured.Unstructured, overrides map[string]v1alpha1.ResourceOverride,
) (map[string]health.HealthStatus, error) {
	states := map[string]health.HealthStatus{}
	for _, object := range live {
		if object == nil {
			continue
		}
		state, err := health.GetResourceHealth(object, lua.ResourceHealthOverrides(overrides))
		if err != nil {
			return nil, err
		}
		if state != nil {
			states[name(object)] = *state
		}
	}
	return states, nil
}

// apply makes the namespace as the Application says, with the options of its sync policy.
func (c *cluster) apply(
	ctx context.Context, targets []*unstructured.Unstructured, revision string,
) (map[string]string, error) {
	policy := c.policy()
	results, err := c.engine.Sync(ctx, targets, c.owns, revision, c.application.Spec.Destination.Namespace,
		sync.WithLogr(c.log),
		sync.WithPrune(policy.Automated != nil && policy.Automated.Prune),
		sync.WithServerSideApply(c.serverSide()),
		sync.WithServerSideApplyManager(common.ArgoCDSSAManager),
		sync.WithClientSideApplyMigration(true, synccommon.DefaultClientSideApplyMigrationManager),
	)
	applied := map[string]string{}
	for _, one := range results {
		applied[identity(one.ResourceKey)] = one.Message
	}
	return applied, err
}

func (c *cluster) policy() v1alpha1.SyncPolicy {
	if policy := c.application.Spec.SyncPolicy; policy != nil {
		return *policy
	}
	return v1alpha1.SyncPolicy{}
}

func (c *cluster) serverSide() bool {
	return c.policy().SyncOptions.HasOption("ServerSideApply=true")
}

func name(object *unstructured.Unstructured) string {
	return identity(kube.GetResourceKey(object))
}

func identity(key kube.ResourceKey) string {
	return fmt.Sprintf("%s/%s", key.Kind, key.Name)
}
