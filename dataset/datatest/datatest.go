// Package datatest finds the data that tests of all modules run on and the project does
// not carry: the real months, and the cases of others. It stands here because every
// module that needs it may import dataset.
package datatest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Variable names the folder of the data. Otherwise it is looked for in shared/data
// beside the checkout.
const Variable = "SF_TEST_DATA"

// Folders of the data.
const (
	Real         = "real"
	CSV          = "conformance/csv"
	Expectations = "conformance/expectations"
)

// Folder returns a folder of the data. Where it is not there, the test is skipped; or
// fails, where Variable says that it is.
func Folder(t testing.TB, name string) string {
	t.Helper()
	dir, ok := Find(t, name)
	if !ok {
		t.Skipf("the test data is not here: no %s; %s names another folder than %s", dir, Variable, filepath.Join("..", beside))
	}
	return dir
}

// Find is Folder for a test that has other data to run on: it says whether the folder
// is there.
func Find(t testing.TB, name string) (dir string, ok bool) {
	t.Helper()
	dir, ok, err := find(os.Getenv(Variable), name)
	if err != nil {
		t.Fatal(err)
	}
	return dir, ok
}

// beside is where the data lies beside the checkout.
var beside = filepath.Join("shared", "data")

// checkout is the folder of the workspace that the test runs in. Where its source was
// does not tell: -trimpath takes that out.
func checkout() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.work above %s: the test data is looked for beside the checkout", here)
		}
	}
}

func find(given, name string) (dir string, ok bool, err error) {
	root, err := checkout()
	if err != nil {
		return "", false, err
	}
	data := given
	switch {
	case given == "":
		data = filepath.Join(filepath.Dir(root), beside)
	case !filepath.IsAbs(given): // tests run in the folders of their packages
		data = filepath.Join(root, given)
	}
	dir = filepath.Join(data, filepath.FromSlash(name))
	_, err = os.Stat(dir) //nolint:gosec // the path is from whoever runs the tests
	if given == "" && errors.Is(err, fs.ErrNotExist) {
		return dir, false, nil
	}
	if err != nil {
		return dir, false, fmt.Errorf("the test data that %s=%s names: %w", Variable, given, err)
	}
	return dir, true, nil
}
