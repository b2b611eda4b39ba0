// Package pooler gives tests a real PgBouncer in transaction mode before a private
// PostgreSQL, with two server sessions for each role and database, so that whatever one
// transaction leaves in its session is met by another.
package pooler

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/require"
)

//go:embed pgbouncer.ini
var configuration string

// Pooler is a running PgBouncer.
type Pooler struct{ address string }

// Start starts a PgBouncer before the server that adminURL, a superuser's, leads to; it
// ends with the test. Where there is none the test is skipped.
func Start(t testing.TB, adminURL string) *Pooler {
	t.Helper()
	binary := find(t)
	admin, err := url.Parse(adminURL)
	require.NoError(t, err)
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	dir := t.TempDir()
	password, _ := admin.User.Password()
	users := filepath.Join(dir, "users.txt")
	require.NoError(t, os.WriteFile(users, fmt.Appendf(nil, "%q %q\n", admin.User.Username(), password), 0o600))
	var ini bytes.Buffer
	require.NoError(t, template.Must(template.New("").Parse(configuration)).Execute(&ini, map[string]string{
		"ServerHost": admin.Hostname(), "ServerPort": admin.Port(), "Admin": admin.User.Username(),
		"Host": host, "Port": port, "Users": users,
	}))
	file := filepath.Join(dir, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, ini.Bytes(), 0o600))
	run(t, binary, dir, users, file)
	p := &Pooler{address: address}
	require.Eventually(t, p.answers, 10*time.Second, 20*time.Millisecond)
	return p
}

// URL is a URL of the server with the pooler's address instead.
func (p *Pooler) URL(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Host = p.address
	return u.String()
}

func (p *Pooler) answers() bool {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SF_PGBOUNCER"), "pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no PgBouncer here, and CI must not go without: tools/setup.sh pgbouncer installs one")
	}
	t.Skip("no PgBouncer here; `tools/setup.sh pgbouncer` installs one, SF_PGBOUNCER names one")
	return ""
}

// run starts the program. It does not run as root, and root must not keep its files
// from it.
func run(t testing.TB, binary, dir string, files ...string) {
	t.Helper()
	cmd := exec.Command(binary, filepath.Join(dir, "pgbouncer.ini")) //nolint:noctx // it ends with the test, below
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if os.Getuid() == 0 {
		lower(t, cmd, dir, files...)
	}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("pgbouncer:\n%s", said.String())
		}
	})
}

func freeAddress(t testing.TB) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = lis.Close() }()
	return lis.Addr().String()
}
