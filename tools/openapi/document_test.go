package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// Of the document that is served: what a client's generator, or a person, trips over.

func operations(t *testing.T, visit func(where string, op *openapi3.Operation)) {
	t.Helper()
	n := 0
	for path, item := range committed(t).Paths.Map() {
		for method, op := range item.Operations() {
			n++
			visit(method+" "+path, op)
		}
	}
	require.Greater(t, n, 10)
}

func TestEveryOperationHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	operations(t, func(where string, op *openapi3.Operation) {
		require.NotEmpty(t, op.OperationID, where)
		require.Empty(t, seen[op.OperationID], "%s and %s", where, seen[op.OperationID])
		seen[op.OperationID] = where
		require.NotEmpty(t, op.Summary, where)
		require.NotContains(t, op.Summary, "\n", where)
		require.Len(t, op.Tags, 1, where)
	})
}

var inPath = regexp.MustCompile(`\{([^}=]+)[^}]*\}`)

func TestWhatStandsInAPathIsDeclared(t *testing.T) {
	t.Parallel()
	operations(t, func(where string, op *openapi3.Operation) {
		for _, m := range inPath.FindAllStringSubmatch(where, -1) {
			p := op.Parameters.GetByInAndName(openapi3.ParameterInPath, m[1])
			require.NotNil(t, p, "%s: %s", where, m[1])
			require.True(t, p.Required, "%s: %s", where, m[1])
		}
		for _, p := range op.Parameters {
			if p.Value.In == openapi3.ParameterInPath {
				require.Contains(t, where, "{"+p.Value.Name)
			}
		}
	})
}

func TestOnlyWhatChangesSomethingTakesABody(t *testing.T) {
	t.Parallel()
	operations(t, func(where string, op *openapi3.Operation) {
		if strings.HasPrefix(where, http.MethodGet+" ") || strings.HasPrefix(where, http.MethodDelete+" ") {
			require.Nil(t, op.RequestBody, where)
		}
		if op.RequestBody != nil {
			require.Contains(t, op.RequestBody.Value.Content, "application/json", where)
		}
	})
}

func TestADatasetMayBeSentAsYAMLAndNothingElse(t *testing.T) {
	t.Parallel()
	yaml := 0
	operations(t, func(where string, op *openapi3.Operation) {
		if op.RequestBody == nil || op.RequestBody.Value.Content["application/yaml"] == nil {
			return
		}
		yaml++
		require.Equal(t, applyDataset, op.OperationID, where)
	})
	require.Equal(t, 1, yaml)
}

func TestASuccessIsDescribed(t *testing.T) {
	t.Parallel()
	operations(t, func(where string, op *openapi3.Operation) {
		found := false
		for status, r := range op.Responses.Map() {
			found = found || strings.HasPrefix(status, "2")
			require.NotEmpty(t, *r.Value.Description, "%s %s", where, status)
		}
		require.True(t, found, where)
		require.Equal(t, op.OperationID == startRun, op.Responses.Value("202") != nil, where)
	})
}

// TestNoSchemaIsLeftOver follows every reference from the paths on.
func TestNoSchemaIsLeftOver(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "proto", "gen", "openapi", "streamflow.openapi.json"))
	require.NoError(t, err)
	referred := map[string]bool{}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		referred[m[1]] = true
	}
	for name := range committed(t).Components.Schemas {
		require.True(t, referred[name], "nothing refers to %s", name)
		delete(referred, name)
	}
	require.Empty(t, referred, "what is referred to is there")
	require.True(t, json.Valid(text))
}

// TestTheCommandSaysHowItIsUsed runs the program itself.
func TestTheCommandSaysHowItIsUsed(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "openapi")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	written := filepath.Join(t.TempDir(), "openapi.json")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":      {nil, 2, "usage: openapi -in swagger.json -out openapi.json"},
		"too much":     {[]string{"-in", "a", "-out", "b", "c"}, 2, "usage:"},
		"not there":    {[]string{"-in", "testdata/absent.json", "-out", written}, 1, "openapi: open testdata/absent.json"},
		"no swagger":   {[]string{"-in", "document_test.go", "-out", written}, 1, "openapi: document_test.go: read swagger"},
		"as it should": {[]string{"-in", "testdata/small.swagger.json", "-out", written}, 0, ""},
	} {
		cmd := exec.Command(bin, c.args...)
		out, _ := cmd.CombinedOutput()
		require.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s: %s", name, out)
		require.Contains(t, string(out), c.says, name)
	}
	require.FileExists(t, written)
}
