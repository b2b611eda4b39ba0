package datatest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
)

// outcome is a test that notes how it is ended.
type outcome struct {
	testing.TB
	failed bool
}

func (*outcome) Helper()        {}
func (o *outcome) Fatal(...any) { o.failed = true }

func TestTheSettingNamesTheFolder(t *testing.T) {
	data := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(data, "conformance", "csv"), 0o750))
	t.Setenv(datatest.Variable, data)

	require.Equal(t, filepath.Join(data, "conformance", "csv"), datatest.Folder(t, datatest.CSV))
}

func TestAFolderThatIsNamedAndNotThereFails(t *testing.T) {
	t.Setenv(datatest.Variable, t.TempDir())
	o := &outcome{TB: t}

	_, ok := datatest.Find(o, datatest.Real)

	require.False(t, ok)
	require.True(t, o.failed, "a skip would hide a setting that is wrong")
}
