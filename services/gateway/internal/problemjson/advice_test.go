package problemjson_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// left is what of sfctl may stay in a text that leaves over REST, and why.
var left = map[string]string{
	"`sfctl dev`":   "starts a suite: there is none to send a request to, or it is the program that is asked for a schema",
	"--source-root": "is ingest's, for those who run it",
	"--data-schema": "is the daemons' and dev's, for those who run them",
}

var ofSfctl = regexp.MustCompile("`?sfctl\\b[^`.,;]*`?|(?:^|[\\s(`])--[a-z][a-z-]*")

// inTheWordsOfREST fails for what a client of REST cannot do as it is said.
func inTheWordsOfREST(t *testing.T, where, text string) {
	t.Helper()
	for _, found := range ofSfctl.FindAllString(text, -1) {
		found = strings.TrimLeft(found, " (")
		if strings.HasPrefix(found, "`sfctl dev ") {
			found = "`sfctl dev`"
		}
		require.Contains(t, left, found, "%s: %q: add it to inREST, or to left with the reason", where, text)
	}
}

func TestEveryAdviceOfTheRegistryIsInTheWordsOfREST(t *testing.T) {
	t.Parallel()
	for _, entry := range problem.Registry() {
		d := sent(t, problem.New(entry.Reason, "said"))
		for _, text := range []string{d.Title, d.Action, d.Kept} {
			inTheWordsOfREST(t, string(entry.Reason), text)
		}
	}
}

// The texts of the services: an error, a finding or a warning leaves over REST as it
// leaves in a terminal, but for what problemjson puts into other words.
func TestEveryHintOfTheServicesIsInTheWordsOfREST(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..")
	hints := 0
	for _, room := range []string{"services/ingest/internal", "services/quality/internal", "services/snapshot/internal", "services/orchestrator/internal",
		"dataset", "platform/relation", "platform/grpcserver", "platform/ident", "platform/page", "platform/sourceuri"} {
		for where, text := range literals(t, filepath.Join(root, filepath.FromSlash(room))) {
			if !strings.Contains(text, "sfctl") && !strings.Contains(text, "--") {
				continue
			}
			hints++
			inTheWordsOfREST(t, where, problemjson.InRESTWords(text))
		}
	}
	require.Greater(t, hints, 10, "the sources were found")
}

// literals are the texts in the sources below a folder, by where they stand. Texts that
// are joined are one.
func literals(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	set := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if file.Name.Name == "main" || strings.Contains(string(src), "package reference") {
			return nil // what makes the pages of the reference is for their readers
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, ok := joined(n)
			if ok {
				texts[set.Position(n.Pos()).String()] = text
			}
			return !ok
		})
		return nil
	}))
	return texts
}

// joined is the text of a literal, or of several that are added.
func joined(n ast.Node) (string, bool) {
	switch e := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		a, isText := joined(e.X)
		b, and := joined(e.Y)
		return a + b, isText && and && e.Op == token.ADD
	}
	return "", false
}
