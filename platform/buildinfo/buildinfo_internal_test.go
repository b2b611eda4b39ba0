package buildinfo

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInfoIsReadFromTheBinary(t *testing.T) {
	t.Parallel()
	info := of(&debug.BuildInfo{
		Main: debug.Module{Version: "v1.2.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "3f2a9c1d0b7e55aa0011"}, {Key: "vcs.modified", Value: "true"}, {Key: "GOOS", Value: "plan9"},
		},
	})

	require.Equal(t, "v1.2.0", info.Version)
	require.True(t, info.Modified)
	require.Regexp(t, `^v1\.2\.0 \(3f2a9c1d0b7e with changes, go1\.\S+, \w+/\w+\)$`, info.String())
}

func TestABinaryWithoutNotesIsOfDevelopment(t *testing.T) {
	t.Parallel()
	require.Equal(t, "(devel)", of(nil).Version)
	require.Equal(t, "(devel)", of(&debug.BuildInfo{}).Version)
	require.Regexp(t, `^\(devel\) \(go1\.`, of(nil).String())
	require.NotEmpty(t, Read().Version)
	short := Info{Version: "v1", Revision: "3f2a", Go: "go1.26", Platform: "linux/amd64"}
	require.Equal(t, "v1 (3f2a, go1.26, linux/amd64)", short.String())
}
