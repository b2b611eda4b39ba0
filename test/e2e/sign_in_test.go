package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
	"github.com/streamflow/streamflow/test/issuer"
)

// eventually is how long a test waits for what takes seconds, and often how often it looks.
const eventually, often = 2 * time.Minute, 200 * time.Millisecond

// believing starts a suite that believes an issuer.
func believing(t *testing.T, i *issuer.Issuer, more string) *suite {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "issuers: [{issuer: %q, audience: [%s, %s]%s}]", i.URL, issuer.Native, issuer.Device, more), 0o600))
	return startAs(t, newDatabase(t), func(cfg *devsuite.Config) { cfg.IssuersFile = path })
}

// by connects with a token.
func (s *suite) by(t *testing.T, token string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpcserver.Dial(s.GRPCAddr(), bearer.Call(token))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Somebody comes by an issuer of their company: they are nobody until a role is granted to
// them, do what it is for in their own name, and nothing any more when it is taken back.
func TestSomebodyOfAnIssuerIsWhatIsGranted(t *testing.T) {
	t.Parallel()
	i := issuer.Start(t)
	s := believing(t, i, "")
	token := i.Token(t)
	theirs := orchestratorv1.NewOrchestratorServiceClient(s.by(t, token))

	me, err := theirs.WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Equal(t, i.URL, me.GetIdentity().GetIssuer())
	require.Equal(t, issuer.User, me.GetIdentity().GetSubject())
	_, err = theirs.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)

	granted, err := s.orchestrator.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"streamflow"}, Issuer: i.URL, Subject: issuer.User, RequestedBy: "x",
	})
	require.NoError(t, err)
	require.Equal(t, "e2e", granted.GetGrant().GetCreatedBy())
	started := startedBy(t, theirs)
	require.Equal(t, me.GetIdentity().GetName(), started.GetRequestedBy())
	_, err = theirs.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, Issuer: i.URL, Subject: issuer.User, RequestedBy: "x",
	})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)

	// Over REST too.
	require.Equal(t, http.StatusOK, s.status(t, "/v1/whoami", token))
	require.Equal(t, http.StatusUnauthorized, s.status(t, "/v1/whoami", token[:len(token)-4]+"AAAA"))
	parts := strings.Split(token, ".")
	require.Equal(t, http.StatusUnauthorized, s.status(t, "/v1/whoami", "eyJhbGciOiJub25lIn0."+parts[1]+"."))

	_, err = s.orchestrator.RevokeRole(t.Context(), &orchestratorv1.RevokeRoleRequest{Grant: granted.GetGrant().GetId(), RequestedBy: "x"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := theirs.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
		return problem.Is(err, problem.PermissionDenied)
	}, eventually, often)
}

// startedBy waits until somebody may start a run, since what they may is known for seconds,
// and returns it.
func startedBy(t *testing.T, client orchestratorv1.OrchestratorServiceClient) (run *orchestratorv1.Run) {
	t.Helper()
	january, _ := extract.Sample(t, 50)
	require.Eventually(t, func() bool {
		resp, err := client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
			Dataset: "streamflow", AsOf: extract.January, Source: january, RequestedBy: "root", Mode: orchestratorv1.RunMode_RUN_MODE_PLAN,
		})
		run = resp.GetRun()
		return err == nil
	}, eventually, often)
	return run
}

// status is what a path answers to a token.
func (s *suite) status(t *testing.T, path, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddr()+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// desk is the command line of somebody who has a client of an issuer.
type desk struct {
	bin, home, secret string
	suite             *suite
	issuer            *issuer.Issuer
}

func atDesk(t *testing.T, i *issuer.Issuer, s *suite) *desk {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(issuer.DeviceSecret+"\n"), 0o600))
	return &desk{bin: buildSfctl(t), home: t.TempDir(), secret: secret, suite: s, issuer: i}
}

func (d *desk) sfctl(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(d.bin, "sfctl"), args...)
	cmd.Env = append(os.Environ(), "SFCTL_SERVER="+d.suite.GRPCAddr(), "XDG_CONFIG_HOME="+d.home, "XDG_DATA_HOME="+d.home, "SF_TOKEN=", "SF_TOKEN_FILE=")
	return cmd
}

// login signs in, and has the person decide, in a browser, what is shown to them.
func (d *desk) login(t *testing.T, decide func(*testing.T, string)) error {
	t.Helper()
	login := d.sfctl(t, "login", "--issuer", d.issuer.URL, "--client-id", issuer.Device, "--client-secret-file", d.secret)
	said, err := login.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, login.Start())
	decide(t, codeIn(t, said))
	return login.Wait()
}

// Somebody signs in with sfctl by the device code, is renewed by themselves, and signs out.
func TestSomebodySignsInWithSfctl(t *testing.T) {
	t.Parallel()
	i := issuer.Start(t)
	d := atDesk(t, i, believing(t, i, ""))
	require.Equal(t, 7, exitCode(d.login(t, i.SayNo)), "who says no is not signed in")
	require.NoDirExists(t, filepath.Join(d.home, "streamflow", "logins"), "and nothing is kept")
	require.NoError(t, d.login(t, i.SayYes))

	out, err := d.sfctl(t, "auth", "status").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "subject   "+issuer.User)
	out, err = d.sfctl(t, "run", "list").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "is granted none")
	require.Equal(t, 7, exitCode(err))
	info, err := os.Stat(keptFile(t, d.home))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	// Two at once: the issuer takes what renews a token once.
	before := endNow(t, d.home)
	failed := make(chan error)
	for range 2 {
		cmd := d.sfctl(t, "auth", "status")
		go func() {
			said, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said)
			}
			failed <- err
		}()
	}
	require.NoError(t, errors.Join(<-failed, <-failed))
	require.NotEqual(t, before, keptIn(t, d.home)["token"], "it was renewed")

	require.NoError(t, d.sfctl(t, "logout").Run())
	out, err = d.sfctl(t, "auth", "status").CombinedOutput()
	require.Equal(t, 7, exitCode(err), "%s", out)
	kept, err := filepath.Glob(filepath.Join(d.home, "streamflow", "logins", "*.json"))
	require.NoError(t, err)
	require.Empty(t, kept)
}

// codeIn reads the code that a person is told to type.
func codeIn(t *testing.T, said io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, code, found := strings.Cut(lines.Text(), "type the code "); found {
			go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the program
			return code
		}
	}
	require.Fail(t, "no code is told")
	return ""
}

func exitCode(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	return 0
}

// keptFile is the file of who signed in.
func keptFile(t *testing.T, home string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, "streamflow", "logins", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

func keptIn(t *testing.T, home string) (kept map[string]any) {
	t.Helper()
	text, err := os.ReadFile(keptFile(t, home))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &kept))
	return kept
}

// endNow has the token that is kept end, and returns it.
func endNow(t *testing.T, home string) (token string) {
	t.Helper()
	kept := keptIn(t, home)
	kept["ends"], kept["token"] = time.Now(), "gone"
	text, err := json.Marshal(kept)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(keptFile(t, home), text, 0o600))
	return "gone"
}
