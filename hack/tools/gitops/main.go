// Command gitops keeps a namespace as a git repository says, by the code of Argo CD: its engine, its comparison,
// its health checks and its settings, without its servers. It reads an Application and prints a line of JSON a round.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"sigs.k8s.io/yaml"
)

type options struct {
	kubeconfig, application, repository, path, namespace string
	resync                                               time.Duration
	always                                               bool
}

func main() {
	var asked options
	flag.StringVar(&asked.kubeconfig, "kubeconfig", "", "kubeconfig of the cluster")
	flag.StringVar(&asked.application, "application", "", "file with the Application")
	flag.StringVar(&asked.repository, "repository", "", "git repository on this machine, in place of the Application's")
	flag.StringVar(&asked.path, "path", ".", "folder of the repository, in place of the Application's")
	flag.StringVar(&asked.namespace, "namespace", "", "namespace, in place of the Application's destination; argocd-cm is there, too")
	flag.DurationVar(&asked.resync, "resync", 5*time.Second, "time between two rounds")
	flag.BoolVar(&asked.always, "always", false, "apply in every round, even where nothing differs")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err := run(asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(asked options) error {
	application, err := read(asked)
	if err != nil {
		return err
	}
	cluster, err := connect(asked, application)
	if err != nil {
		return err
	}
	repository := repository{asked.repository, asked.path}
	printer := json.NewEncoder(os.Stdout)
	for tick := time.Tick(asked.resync); ; <-tick {
		found, err := cluster.round(context.Background(), repository, asked.always)
		if err != nil {
			found.Error = err.Error()
		}
		if err := printer.Encode(found); err != nil {
			return err
		}
	}
}

// read gives the Application of a file, with unknown fields refused.
func read(asked options) (*v1alpha1.Application, error) {
	text, err := os.ReadFile(asked.application)
	if err != nil {
		return nil, err
	}
	application := &v1alpha1.Application{}
	if err := yaml.UnmarshalStrict(text, application); err != nil {
		return nil, fmt.Errorf("%s: %w", asked.application, err)
	}
	if asked.namespace != "" {
		application.Spec.Destination.Namespace = asked.namespace
	}
	return application, nil
}
