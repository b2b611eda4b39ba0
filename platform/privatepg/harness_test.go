package privatepg

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// programVariable makes the test binary a program that starts the server of a folder
// and then waits to be killed.
const programVariable = "PRIVATEPG_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(programVariable); dir != "" {
		beProgram(dir)
		return
	}
	code := m.Run()
	if template.dir != "" {
		_ = os.RemoveAll(template.dir)
	}
	os.Exit(code)
}

// template is a stopped cluster, made once and copied for each test that asks more
// than how a cluster is made: initdb takes most of a start's time.
var template struct {
	once sync.Once
	dir  string
	err  error
}

func makeTemplate() {
	if template.dir, template.err = os.MkdirTemp("", "privatepg-template-"); template.err != nil {
		return
	}
	if template.err = os.Chmod(template.dir, 0o755); template.err != nil {
		return
	}
	s, err := Start(context.Background(), Options{Dir: template.dir, Fast: true})
	if template.err = err; err == nil {
		template.err = s.Stop(context.Background())
	}
}

// cluster returns a folder with a cluster that no server runs yet.
func cluster(t *testing.T) string {
	t.Helper()
	template.once.Do(makeTemplate)
	require.NoError(t, template.err)
	dir := folder(t)
	out, err := exec.Command("cp", "-a", filepath.Join(template.dir, "pgdata"), filepath.Join(template.dir, "password"), dir).CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

func beProgram(dir string) {
	s, err := Start(context.Background(), Options{Dir: dir, Fast: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Pid(), s.URL(""))
	select {}
}

// programOf is another process that starts the server of a folder.
func programOf(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), programVariable+"="+dir)
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

// program runs another process that has started the server of a folder.
func program(t *testing.T, dir string) (cmd *exec.Cmd, postmaster int, url string) {
	t.Helper()
	cmd = programOf(t, dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscan(line, &postmaster, &url)
	require.NoError(t, err, line)
	return cmd, postmaster, url
}

// folder returns an empty folder that the server's user can reach also when root
// tests: t.TempDir is closed to other users.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "privatepg-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return dir
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	o.Fast = true
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
	return s
}

// ask runs a statement on a connection of its own and returns its one value.
func ask[T any](t *testing.T, s *Server, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	var v T
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&v))
	return v
}

func do(t *testing.T, s *Server, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}
