package contract

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTemplateMatches(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		template, path string
		want           bool
	}{
		"the same":                   {"/v1/runs", "/v1/runs", true},
		"a slash at the end":         {"/v1/runs", "/v1/runs/", false},
		"another case":               {"/v1/runs", "/v1/Runs", false},
		"a parameter":                {"/v1/runs/{run}", "/v1/runs/x", true},
		"an empty parameter":         {"/v1/runs/{run}", "/v1/runs/", false},
		"too deep":                   {"/v1/runs/{run}", "/v1/runs/x/y", false},
		"a verb":                     {"/v1/runs/{run}:cancel", "/v1/runs/x:cancel", true},
		"another verb":               {"/v1/runs/{run}:cancel", "/v1/runs/x:stop", false},
		"no verb":                    {"/v1/runs/{run}:cancel", "/v1/runs/x", false},
		"the verb alone":             {"/v1/runs/{run}:cancel", "/v1/runs/:cancel", false},
		"the braces stand for all":   {"/v1/runs/{run}", "/v1/runs/{run}", true},
		"a parameter in the middle":  {"/v1/datasets/{dataset}/runs", "/v1/datasets/d/runs", true},
		"a literal after the wrong":  {"/v1/datasets/{dataset}/runs", "/v1/datasets/d/batches", false},
		"no slash in the front":      {"/v1/runs", "v1/runs", false},
		"nothing":                    {"/v1/runs", "", false},
		"a colon inside a parameter": {"/v1/runs/{run}", "/v1/runs/a:b", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, parseTemplate(tc.template).matches(tc.path))
		})
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("/v1/runs/{run}:cancel", "/v1/runs/x:cancel")
	f.Add("/v1/{a}/{b}", "/v1//")
	f.Add(":", "/:")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if !parseTemplate(pattern).matches(path) {
			return
		}
		require.Equal(t, strings.Count(pattern[:lastColon(pattern)], "/"), strings.Count(strings.TrimSuffix(path, pattern[lastColon(pattern):]), "/"),
			"a match has as many segments")
	})
}

// lastColon is where the verb of a pattern begins, or its end.
func lastColon(pattern string) int {
	if i := strings.LastIndexByte(pattern, ':'); i > strings.LastIndexByte(pattern, '/') {
		return i
	}
	return len(pattern)
}
