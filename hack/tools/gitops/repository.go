package main

import (
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// repository is a folder of a git repository, read as it was last committed.
type repository struct {
	folder, path string
}

func (r repository) manifests() (string, []*unstructured.Unstructured, error) {
	revision, err := r.git("rev-parse", "HEAD")
	if err != nil {
		return "", nil, err
	}
	revision = strings.TrimSpace(revision)
	names, err := r.git("ls-tree", "-r", "--name-only", revision, "--", r.path)
	if err != nil {
		return revision, nil, err
	}
	var found []*unstructured.Unstructured
	for _, name := range strings.Fields(names) {
		if !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) {
			continue
		}
		text, err := r.git("show", revision+":"+name)
		if err != nil {
			return revision, nil, err
		}
		objects, err := kube.SplitYAML([]byte(text))
		if err != nil {
			return revision, nil, fmt.Errorf("%s: %w", name, err)
		}
		found = append(found, objects...)
	}
	return revision, found, nil
}

func (r repository) git(arguments ...string) (string, error) {
	command := exec.Command("git", arguments...)
	command.Dir = r.folder
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(arguments, " "), err)
	}
	return string(text), nil
}
