package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestThePageInTheDocsIsTheRegistry(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, write(&b, problem.Registry()))
	page, err := os.ReadFile("../../../docs/reference/errors.md")
	require.NoError(t, err)
	require.Equal(t, b.String(), string(page), "run `make generate`")
	for _, e := range problem.Registry() {
		require.Contains(t, b.String(), "\n## "+string(e.Reason)+"\n")
	}
}
