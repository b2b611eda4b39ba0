// Package tools runs the scripts of tools/ whose answer decides what may land, each in a
// small repository made for it.
package tools

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// promised stands in for buf: it fails on a line of the older protos that the newer ones
// lack, which is enough to tell one base from another.
const promised = `#!/bin/sh
missing=$(grep -vxFf proto/a.proto "$3/proto/a.proto") && { echo "taken away: $missing"; exit 1; }
exit 0
`

// repository is a git repository with tools/breaking.sh, whose protos are one file.
type repository struct{ dir string }

func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{t.TempDir()}
	script, err := os.ReadFile(filepath.Join(extract.Root(), "tools", "breaking.sh"))
	require.NoError(t, err)
	r.write(t, "tools/breaking.sh", string(script))
	for _, nothing := range []string{"tools/build-tools.sh", "tools/protos.sh"} { // they fetch buf and its imports
		r.write(t, nothing, "#!/bin/sh\n")
	}
	r.write(t, ".build/tools/buf", promised)
	r.write(t, ".gitignore", ".build\n")
	r.git(t, "init", "--quiet", "--initial-branch=main")
	return r
}

func (r repository) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
}

// git runs git in the repository as nobody's configuration has it.
func (r repository) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// commit commits protos with these fields, and returns the commit.
func (r repository) commit(t *testing.T, fields ...string) string {
	t.Helper()
	r.write(t, "buf.yaml", "version: v2\n")
	r.write(t, "proto/a.proto", strings.Join(fields, "\n")+"\n")
	return r.commitAll(t)
}

func (r repository) commitAll(t *testing.T) string {
	t.Helper()
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--allow-empty", "--message", "a change")
	return r.git(t, "rev-parse", "HEAD")
}

// breaking runs the script, and returns what it said and whether it let the change pass.
func (r repository) breaking(t *testing.T, args ...string) (said string, passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tools/breaking.sh", args...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err == nil
}

func (r repository) requirePasses(t *testing.T, base string) {
	t.Helper()
	said, passed := r.breaking(t)
	require.True(t, passed, said)
	require.Equal(t, "the protos break nothing that "+base+" promised", said)
}

func (r repository) requireFails(t *testing.T, taken string) {
	t.Helper()
	said, passed := r.breaking(t)
	require.False(t, passed, said)
	require.Equal(t, "taken away: "+taken, said)
}

// What a release promised is kept, however many commits ago that was; what came and went
// between releases was promised to nobody.
func TestTheNewestTagIsWhatCounts(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.commit(t, "id", "old")
	r.git(t, "tag", "v0.1.0")
	r.commit(t, "id", "name")
	r.git(t, "tag", "v0.2.0")
	r.commit(t, "id", "name", "draft")
	r.commit(t, "id", "name")
	r.requirePasses(t, "v0.2.0")

	r.commit(t, "id")
	r.commit(t, "id", "more")
	r.requireFails(t, "name")
}

// A change of several commits is compared as a whole: one that takes a field away in its
// first commit is not excused by a second that does not.
func TestWithoutATagItIsWhereTheChangeBegan(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.commit(t, "id", "left long ago")
	began := r.commit(t, "id", "name")
	r.git(t, "update-ref", "refs/remotes/origin/main", began)
	r.git(t, "checkout", "--quiet", "-b", "change")
	r.commit(t, "id")
	r.commit(t, "id", "more")
	r.requireFails(t, "name")

	r.commit(t, "id", "name", "more")
	r.requirePasses(t, began)

	// Others went on meanwhile, and that is not the change's.
	r.git(t, "checkout", "--quiet", "main")
	theirs := r.commit(t, "id", "name", "theirs")
	r.git(t, "update-ref", "refs/remotes/origin/main", theirs)
	r.git(t, "checkout", "--quiet", "change")
	r.requirePasses(t, began)
}

// On main itself, and where there is no origin, nothing is taken away that ever was there.
func TestOnMainItIsTheFirstCommitWithProtos(t *testing.T) {
	t.Parallel()
	for name, origin := range map[string]bool{"main as origin has it": true, "no origin": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.commitAll(t) // before there were protos
			first := r.commit(t, "id", "first")
			r.commit(t, "id", "first", "second")
			head := r.commit(t, "id", "first")
			if origin {
				r.git(t, "update-ref", "refs/remotes/origin/main", head)
			}
			r.requirePasses(t, first)

			head = r.commit(t, "id")
			if origin {
				r.git(t, "update-ref", "refs/remotes/origin/main", head)
			}
			r.requireFails(t, "first")
		})
	}
}

func TestACommitThatIsNamedIsTheBase(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	named := r.commit(t, "id", "name")
	r.commit(t, "id")
	r.git(t, "tag", "v0.1.0")
	r.commit(t, "id", "more")
	r.requirePasses(t, "v0.1.0")

	said, passed := r.breaking(t, named)
	require.False(t, passed)
	require.Equal(t, "taken away: name", said)
}

func TestWhereThereIsNothingToCompareWith(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.commit(t, "id")
	said, passed := r.breaking(t)
	require.True(t, passed, said)
	require.Equal(t, "there is no commit before this one with protos: nothing to break", said)

	r.commit(t, "id", "name")
	shallow := repository{filepath.Join(t.TempDir(), "shallow")}
	r.git(t, "clone", "--quiet", "--depth=1", "file://"+r.dir, shallow.dir)
	shallow.git(t, "remote", "set-url", "origin", "file:///nowhere")
	said, passed = shallow.breaking(t)
	require.True(t, passed, said)
	require.Contains(t, said, "NOT CHECKED: this clone is shallow")
}
