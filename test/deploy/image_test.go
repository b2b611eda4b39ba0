package deploy

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// unpinned are the images of others that are named by a tag alone: which digest a tag has
// is for the registry that an installation trusts to say. Each can be given with one, the
// way that stands beside it, and a new one has to be entered here.
var unpinned = map[string]string{
	"golang:1.26":  "--build-arg GO_IMAGE=golang:1.26@sha256:…",
	"postgres:17":  "SF_POSTGRES_IMAGE=postgres:17@sha256:…",
	"busybox:1.37": "busybox:1.37@sha256:…",
}

// Images of the suite's own are built by whoever installs it, and named with the digest of
// what was pushed by an overlay (images: digest).
var ownImage = regexp.MustCompile(`^(\$\{SF_IMAGES:-streamflow\}|streamflow)/[a-z]+d(:|$)`)

func TestEveryImageIsPinnedOrSaidNotToBe(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	named := regexp.MustCompile(`(?m)^(?:\s*(?:- )?image:\s*|FROM\s+|ARG GO_IMAGE=)(\S+)`)
	files := []string{"docker-compose.yml", "deploy/docker/Dockerfile", "deploy/k8s/deliver.yaml"}
	base, err := os.ReadDir(extract.Root() + "/deploy/k8s/base")
	require.NoError(t, err)
	for _, f := range base {
		files = append(files, "deploy/k8s/base/"+f.Name())
	}
	for _, f := range files {
		text, err := os.ReadFile(extract.Root() + "/" + f)
		require.NoError(t, err)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			image := regexp.MustCompile(`^\$\{SF_POSTGRES_IMAGE:-(.*)\}$`).ReplaceAllString(m[1], "$1")
			if image == "scratch" || image == "${GO_IMAGE}" || ownImage.MatchString(image) || strings.Contains(image, "@sha256:") {
				continue
			}
			require.Contains(t, unpinned, image, "%s names an image that is not pinned", f)
			found[image] = true
		}
	}

	require.Len(t, found, len(unpinned), "an image that is named no more: %v", found)
	guides := ""
	for _, g := range []string{"compose.md", "kubernetes.md"} {
		text, err := os.ReadFile(extract.Root() + "/docs/guides/" + g)
		require.NoError(t, err)
		guides += string(text)
	}
	for image, how := range unpinned {
		require.Contains(t, guides, how, "%s: the guides say how", image)
	}
}
