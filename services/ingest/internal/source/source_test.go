package source_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// tree makes a root with a delivery in it, and returns both.
func tree(t *testing.T) (root, folder string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	folder = filepath.Join(root, "a month")
	require.NoError(t, os.Mkdir(folder, 0o755))
	write(t, folder, "users.csv", "id\n1\n")
	return root, folder
}

func write(t *testing.T, folder, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
}

func TestOpensWhatLiesUnderARoot(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	other, _ := tree(t)
	link := filepath.Join(t.TempDir(), "link to the root")
	require.NoError(t, os.Symlink(root, link))
	for name, tc := range map[string]struct {
		roots source.Roots
		uri   string
	}{
		"a path":                {source.Roots{root}, folder},
		"a file URI":            {source.Roots{root}, "file://" + strings.ReplaceAll(folder, " ", "%20")},
		"on this host":          {source.Roots{root}, "file://localhost" + strings.ReplaceAll(folder, " ", "%20")},
		"the second root":       {source.Roots{other, "/nowhere", root}, folder},
		"the root itself":       {source.Roots{folder}, folder},
		"a root that is a link": {source.Roots{link}, folder},
		"through the link":      {source.Roots{link}, filepath.Join(link, "a month")},
	} {
		f, err := tc.roots.Open(tc.uri)
		require.NoError(t, err, name)
		size, err := f.Size("users.csv")
		f.Close()

		require.NoError(t, err, name)
		require.EqualValues(t, 5, size, name)
	}
}

func TestSaysWhyASourceCannotBeRead(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	outside, _ := tree(t)
	require.NoError(t, os.Symlink(outside, filepath.Join(root, "out")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "nowhere"), filepath.Join(root, "nothing out")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(root, "dangling")))
	for uri, want := range map[string]struct {
		reason problem.Reason
		says   string
	}{
		outside:                            {problem.SourceNotAllowed, "it does not lie under a source root (" + root + ")"},
		filepath.Join(root, "out"):         {problem.SourceNotAllowed, "does not lie under"},
		outside + "/nowhere":               {problem.SourceNotAllowed, "does not lie under"},
		filepath.Join(root, "out/nowhere"): {problem.SourceNotAllowed, "does not lie under"},
		filepath.Join(root, "nothing out"): {problem.SourceNotAllowed, "does not lie under"},
		root + "-other":                    {problem.SourceNotAllowed, "does not lie under"},
		root + "/../..":                    {problem.SourceNotAllowed, "does not lie under"},
		filepath.Join(root, "nowhere"):     {problem.SourceNotFound, "there is no such folder"},
		filepath.Join(root, "dangling"):    {problem.SourceNotFound, "there is no such folder"},
		filepath.Join(folder, "users.csv"): {problem.SourceNotFound, "it is not a folder"},
		"a month":                          {problem.InvalidRequest, "want an absolute path"},
		"http://host/month":                {problem.InvalidRequest, `source "http://host/month": there is no reader of http:// sources; want an absolute path (/data/2024-01-31), or file:///path`},
		"s3://bucket/month":                {problem.InvalidRequest, `source "s3://bucket/month": there is no reader of s3:// sources; want an absolute path`},
		"file://host/month":                {problem.InvalidRequest, "it names the host host"},
		"file://%zz":                       {problem.InvalidRequest, "want an absolute path"},
		"file://" + folder + "#fix":        {problem.InvalidRequest, "write %3F or %23"},
		"file://" + folder + "?v=2":        {problem.InvalidRequest, "write %3F or %23"},
		"file://" + folder + "?":           {problem.InvalidRequest, "write %3F or %23"},
		root + "/a://b%":                   {problem.SourceNotFound, "there is no such folder"},
		"/a\x00b":                          {problem.InvalidRequest, "want an absolute path"},
	} {
		_, err := source.Roots{root}.Open(uri)

		require.Error(t, err, uri)
		require.Equal(t, want.reason, problem.FromError(err).Reason, uri)
		require.ErrorContains(t, err, want.says, uri)
	}
}

func TestFilesStayUnderTheRoot(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	outside, theirs := tree(t)
	write(t, root, "shared.csv", "shared")
	require.NoError(t, os.Symlink("../shared.csv", filepath.Join(folder, "inside.csv")))
	require.NoError(t, os.Symlink(filepath.Join(theirs, "users.csv"), filepath.Join(folder, "outside.csv")))
	require.NoError(t, os.Symlink("../../"+filepath.Base(outside), filepath.Join(folder, "up.csv")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder.csv"), 0o755))
	for name, to := range map[string]string{
		"dangling.csv": "nowhere", "gone.csv": filepath.Join(theirs, "nowhere"), "loop.csv": "loop.csv", "absolute.csv": filepath.Join(root, "shared.csv"),
	} {
		require.NoError(t, os.Symlink(to, filepath.Join(folder, name)))
	}
	f, err := source.Roots{root}.Open(folder)
	require.NoError(t, err)
	defer f.Close()

	for name, want := range map[string]error{
		"users.csv": nil, "inside.csv": nil, "outside.csv": source.ErrOutside, "up.csv": source.ErrOutside,
		"../../x": source.ErrOutside, "nothing.csv": source.ErrMissing, "folder.csv": source.ErrFolder,
		"dangling.csv": source.ErrDangling, "gone.csv": source.ErrOutside, "loop.csv": source.ErrDangling, "absolute.csv": source.ErrAbsoluteLink,
	} {
		_, sizeErr := f.Size(name)
		file, openErr := f.Open(name)

		require.ErrorIs(t, sizeErr, want, name)
		require.ErrorIs(t, openErr, want, name)
		if want == nil {
			require.NoError(t, file.Close())
		}
	}
}

func TestAFileIsSummedOnTheWay(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	f, err := source.Roots{root}.Open(folder)
	require.NoError(t, err)
	defer f.Close()

	file, err := f.Open("users.csv")
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	sum, size, err := f.Sum(context.Background(), "users.csv")
	require.NoError(t, err)

	require.Equal(t, "id\n1\n", string(content))
	require.EqualValues(t, 5, file.Read64())
	require.Len(t, file.Sum(), 64)
	require.Equal(t, file.Sum(), sum)
	require.EqualValues(t, 5, size)
	require.NoError(t, file.Close())
}

func TestAFileThatIsWrittenToIsChangedWhateverItsSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "x.csv")
	require.NoError(t, os.WriteFile(path, []byte("a,b\n1,2\n"), 0o600))
	folder, err := source.Roots{dir}.Open(dir)
	require.NoError(t, err)
	defer folder.Close()
	file, err := folder.Open("x.csv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	require.False(t, file.Changed())

	out, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = out.WriteAt([]byte("a,b\n1,9\n"), 0)
	require.NoError(t, errors.Join(err, out.Close()))
	require.NoError(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Second)), "clocks of file systems are coarse")

	require.True(t, file.Changed())
}

func TestSummingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	f, err := source.Roots{root}.Open(folder)
	require.NoError(t, err)
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()

	_, _, err = f.Sum(ctx, "users.csv")

	require.ErrorIs(t, err, context.Canceled)
}
