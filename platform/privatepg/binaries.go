package privatepg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// oldest is the oldest major version that StreamFlow runs on.
const oldest = 15

// binaries are a PostgreSQL's programs in one folder.
type binaries struct {
	dir     string
	version string // such as 15.18
	major   int
	source  string // where Find came upon them
}

// examine looks whether a folder holds programs that the account can run, and of
// which version. Its error reads on after the folder's name.
func examine(ctx context.Context, dir string, a *account) (binaries, error) {
	for _, program := range []string{"postgres", "initdb"} {
		path := filepath.Join(dir, program)
		if _, err := os.Stat(path); err != nil {
			return binaries{}, fmt.Errorf("holds no %s", program)
		}
		if !a.switched {
			continue
		}
		if blocked, err := a.blockedAt(path); err != nil || blocked != "" {
			return binaries{}, fmt.Errorf("is out of reach of the user %s, whom the server runs as: %s does not let other users pass", a.name, blocked)
		}
	}
	return askVersion(ctx, dir, a)
}

// versionLine is what `postgres --version` prints: postgres (PostgreSQL) 15.18 (Debian …).
var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[.\w]*)`)

func askVersion(ctx context.Context, dir string, a *account) (binaries, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := run(ctx, a, "/", filepath.Join(dir, "postgres"), "--version")
	if err != nil {
		return binaries{}, fmt.Errorf("holds a postgres that does not run here (%w) %s", err, lastLines(out, 3))
	}
	m := versionLine.FindStringSubmatch(out)
	if m == nil {
		return binaries{}, fmt.Errorf("holds a postgres that does not tell its version, but %q", strings.TrimSpace(out))
	}
	major, err := strconv.Atoi(m[2])
	if err != nil {
		return binaries{}, fmt.Errorf("holds a postgres of the unknown version %s", m[1])
	}
	if major < oldest {
		return binaries{}, fmt.Errorf("holds PostgreSQL %s, and StreamFlow needs %d or newer", m[1], oldest)
	}
	return binaries{dir: dir, version: m[1], major: major}, nil
}
