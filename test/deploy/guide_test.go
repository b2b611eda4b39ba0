package deploy

import (
	"bytes"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/ingest"
	"github.com/streamflow/streamflow/services/orchestrator"
	"github.com/streamflow/streamflow/services/quality"
	"github.com/streamflow/streamflow/services/snapshot"
	"github.com/streamflow/streamflow/test/extract"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// checkout is a copy of what the guides' lines work on.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "deploy"), os.DirFS(extract.Root()+"/deploy")))
	example, err := os.ReadFile(extract.Root() + "/.env.example")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env.example"), example, 0o600))
	return dir
}

// shell runs a line of a guide in a folder; add are variables of the environment.
func shell(t *testing.T, dir, line string, add ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", line)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), add...)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// private reads a file that its owner alone may read.
func private(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm(), path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// settingsIn reads NAME=value lines.
func settingsIn(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(l), "="); ok && !strings.HasPrefix(l, "#") {
			out[name] = value
		}
	}
	return out
}

func TestTheLineOfComposeMakesEverySecret(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	for range 2 {
		dir := checkout(t)
		out, err := shell(t, dir, line(t, "compose.md", "env.sh"))
		require.NoError(t, err, out)
		example, err := os.ReadFile(filepath.Join(dir, ".env.example"))
		require.NoError(t, err)
		before, after := settingsIn(string(example)), settingsIn(private(t, filepath.Join(dir, ".env")))
		require.ElementsMatch(t, slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
		for name, value := range after {
			if before[name] != "" {
				require.Equal(t, before[name], value, "%s is as it was", name)
				continue
			}
			if name == "SF_AUDIT_KEY" {
				require.Regexp(t, `^[A-Za-z0-9+/]{64}$`, value)
			} else {
				require.Regexp(t, `^[0-9a-f]{48,64}$`, value, name)
			}
			require.False(t, made[value], "%s is like another", name)
			made[value] = true
		}
		_, err = peersecret.Parse(after["SF_PEER_SECRET"])
		require.NoError(t, err)
		_, err = personal.Parse(after["SF_PII_KEY"])
		require.NoError(t, err)
		signs(t, func(name string) (string, bool) { v, ok := after[name]; return v, ok }, line(t, "compose.md", "audit key"))

		_, err = shell(t, dir, line(t, "compose.md", "env.sh"))
		require.Error(t, err, "what is there stays")
		require.Equal(t, after, settingsIn(private(t, filepath.Join(dir, ".env"))))
	}
}

func TestTheLineOfTheProcessesMakesASecretThatIsTaken(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		require.NotEmpty(t, line(t, "run-as-services.md", "openssl rand"))
		return
	}
	dir := t.TempDir()
	out, err := shell(t, dir, line(t, "run-as-services.md", "openssl rand"))
	require.NoError(t, err, out)
	_, err = peersecret.Parse(private(t, filepath.Join(dir, "peer.secret")))
	require.NoError(t, err)
}

// TestNobodyIsLetInUnasked looks at what is said where nothing is changed.
func TestNobodyIsLetInUnasked(t *testing.T) {
	t.Parallel()
	require.Equal(t, "${SF_AUTH:-tokens}", readCompose(t).Services["gateway"].Environment["SF_AUTH"])
	example, err := os.ReadFile(extract.Root() + "/.env.example")
	require.NoError(t, err)
	require.Equal(t, daemon.AuthTokens, settingsIn(string(example))["SF_AUTH"])
	for name, all := range map[string][]runtime.Object{"base": objects(t), "example": overlay(t, "example"), "closed": overlay(t, "closed")} {
		for _, d := range ofKind[*appsv1.Deployment](all) {
			auth, said := env(d.Spec.Template.Spec.Containers[0])["SF_AUTH"]
			require.Equal(t, d.Name == "gateway", said, "%s: %s", name, d.Name)
			if said {
				require.Equal(t, daemon.AuthTokens, auth, name)
			}
		}
	}
}

// owners is the address in the guide's line, at a PostgreSQL of the test's.
func owners(t *testing.T, url string) string {
	t.Helper()
	l := line(t, "kubernetes.md", "export SF_OWNER_DATABASE_URL=")
	_, after, ok := strings.Cut(l, "'")
	require.True(t, ok, l)
	require.True(t, strings.HasPrefix(after, "postgres://postgres:…@postgres.example:5432/streamflow?sslmode=verify-full"), l)
	return "export SF_OWNER_DATABASE_URL='" + url + "'"
}

// TestTheLinesOfKubernetesMakeAnInstallationThatAsks runs the guide's lines: the overlay
// renders with the secrets that they make, the Job's containers migrate a PostgreSQL with what
// they are given, and the line of the token makes one, with what the pod has.
func TestTheLinesOfKubernetesMakeAnInstallationThatAsks(t *testing.T) {
	t.Parallel()
	dir, db := checkout(t), pgtest.New(t)
	lines := strings.Join([]string{line(t, "kubernetes.md", "cp -r"), owners(t, db.OwnerURL()), line(t, "kubernetes.md", "secrets.sh")}, "\n")
	out, err := shell(t, dir, lines)
	require.NoError(t, err, out)
	yours := filepath.Join(dir, "deploy", "k8s", "overlays", "yours")
	_, err = peersecret.Parse(private(t, filepath.Join(yours, "peer.secret")))
	require.NoError(t, err)
	urls := settingsIn(private(t, filepath.Join(yours, "database.env")))
	require.Equal(t, db.OwnerURL(), urls["owner-url"])
	_, err = personal.Parse(private(t, filepath.Join(yours, "pii.secret")))
	require.NoError(t, err)

	all := render(t, yours)
	for _, c := range ofKind[*batchv1.Job](all)[0].Spec.Template.Spec.Containers {
		var log bytes.Buffer
		spec := map[string]daemon.Spec{
			"ingest": ingest.Daemon(ingest.Config{}), "quality": quality.Daemon(quality.Config{}), "snapshot": snapshot.Daemon(snapshot.Config{}),
			"orchestrator": orchestrator.Daemon(orchestrator.Config{}),
		}[c.Name]
		args := append(slices.Clone(c.Args), "--shared-roles") // the server holds other tests' databases
		require.Zero(t, daemon.Command(t.Context(), spec, args, given(t, all, c), &log), log.String())
	}

	l := line(t, "kubernetes.md", "/service token create")
	_, args, ok := strings.Cut(strings.Trim(l, "()"), " -- /service ")
	require.True(t, ok, l)
	args, file, ok := strings.Cut(args, " >")
	require.True(t, ok, l)
	require.Contains(t, line(t, "kubernetes.md", "export SF_TOKEN_FILE"), file, "where sfctl is told to find it")
	require.Contains(t, l, "umask 077", "a token file that others may read is refused")
	require.Contains(t, l, "deployment/orchestrator")
	var printed, log bytes.Buffer
	words := strings.Fields(args)
	run := orchestrator.Daemon(orchestrator.Config{}).Commands[words[0]]
	require.NotNil(t, run, words)
	require.NoError(t, run(t.Context(), words[1:], given(t, all, deployed(t, all, "orchestrator")), &printed, &log), log.String())
	require.True(t, bearer.Is(bearer.Token, strings.TrimSpace(printed.String())))
	require.Contains(t, log.String(), "admin of all datasets")

	signs(t, mounted(t, all, "gateway"), line(t, "audit.md", "exec deployment/gateway"))
	for _, c := range databases {
		keys, ok := given(t, all, deployed(t, all, c))("SF_PII_KEY")
		require.True(t, ok, c)
		_, err := personal.Parse(keys)
		require.NoError(t, err, c)
	}
}

// signs runs what a guide's line runs in the gateway's container, with what that is given, and
// holds what it prints against a signature of the key that it is given.
func signs(t *testing.T, env func(string) (string, bool), l string) {
	t.Helper()
	_, args, ok := strings.Cut(l, "/service ")
	require.True(t, ok, l)
	args, _, ok = strings.Cut(args, " >")
	require.True(t, ok, l)
	var printed, log bytes.Buffer
	words := strings.Fields(args)
	run := gateway.Daemon(gateway.Config{}).Commands[words[0]]
	require.NotNil(t, run, words)
	require.NoError(t, run(t.Context(), words[1:], env, &printed, &log), log.String())
	path := filepath.Join(t.TempDir(), "audit-key.pub")
	require.NoError(t, os.WriteFile(path, printed.Bytes(), 0o600))
	public, err := audit.ReadPublic(path)
	require.NoError(t, err)
	var key *audit.Key
	if text, ok := env("SF_AUDIT_KEY"); ok {
		key, err = audit.ParseKey(text)
	} else {
		file, _ := env("SF_AUDIT_KEY_FILE")
		key, err = audit.ReadKey(file)
	}
	require.NoError(t, err)
	require.Equal(t, public.ID, key.ID)
}

// mounted is the environment of a Deployment's container, of which the file of the audit key
// is one of the test's, with what the Secret that is mounted there holds.
func mounted(t *testing.T, all []runtime.Object, name string) func(string) (string, bool) {
	t.Helper()
	env := given(t, all, deployed(t, all, name))
	at, ok := env("SF_AUDIT_KEY_FILE")
	require.True(t, ok)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		if d.Name != name {
			continue
		}
		mounts := d.Spec.Template.Spec.Containers[0].VolumeMounts
		i := slices.IndexFunc(mounts, func(m corev1.VolumeMount) bool { return m.MountPath == filepath.Dir(at) })
		require.GreaterOrEqual(t, i, 0, "nothing is mounted for %s", at)
		volumes := d.Spec.Template.Spec.Volumes
		j := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.Name == mounts[i].Name })
		require.EqualValues(t, 0o400, *volumes[j].Secret.DefaultMode, "which becomes 0440, of root and of the pod's group")
		require.True(t, mounts[i].ReadOnly)
		require.Regexp(t, `^streamflow-audit-[a-z0-9]{10}$`, volumes[j].Secret.SecretName, "another key rolls the pods")
		for _, s := range ofKind[*corev1.Secret](all) {
			if s.Name == volumes[j].Secret.SecretName {
				file := filepath.Join(t.TempDir(), "key")
				require.NoError(t, os.WriteFile(file, s.Data[filepath.Base(at)], 0o400))
				return func(asked string) (string, bool) {
					if asked == "SF_AUDIT_KEY_FILE" {
						return file, true
					}
					return env(asked)
				}
			}
		}
	}
	require.Fail(t, "no Secret holds the key")
	return nil
}

// deployed is the container of a Deployment.
func deployed(t *testing.T, all []runtime.Object, name string) corev1.Container {
	t.Helper()
	for _, d := range ofKind[*appsv1.Deployment](all) {
		if d.Name == name {
			return d.Spec.Template.Spec.Containers[0]
		}
	}
	require.Fail(t, "no Deployment "+name)
	return corev1.Container{}
}

// given is the environment that a container gets, out of the Secrets that are rendered.
func given(t *testing.T, all []runtime.Object, c corev1.Container) func(string) (string, bool) {
	t.Helper()
	set := map[string]string{}
	for _, e := range c.Env {
		set[e.Name] = e.Value
		if e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil {
			continue
		}
		for _, s := range ofKind[*corev1.Secret](all) {
			if s.Name == e.ValueFrom.SecretKeyRef.Name {
				set[e.Name] = string(s.Data[e.ValueFrom.SecretKeyRef.Key])
			}
		}
		if optional := e.ValueFrom.SecretKeyRef.Optional; set[e.Name] == "" && optional != nil && *optional {
			delete(set, e.Name)
			continue
		}
		require.NotEmpty(t, set[e.Name], e.Name)
	}
	return func(name string) (string, bool) { v, ok := set[name]; return v, ok }
}

func TestTheSecretsOfAnOverlay(t *testing.T) {
	t.Parallel()
	const owner = "postgres://own%40er:p%2Fw@db.example:6432/shop?sslmode=verify-full&sslrootcert=/etc/ca@here/ca.crt"
	dir := filepath.Join(checkout(t), "deploy", "k8s")
	out, err := shell(t, dir, "./secrets.sh overlays/example", "SF_OWNER_DATABASE_URL="+owner)
	require.NoError(t, err, out)
	require.NotContains(t, out, "p%2Fw")
	urls := settingsIn(private(t, filepath.Join(dir, "overlays/example/database.env")))
	require.Len(t, urls, 5)
	require.Equal(t, owner, urls["owner-url"])
	want, err := url.Parse(owner)
	require.NoError(t, err)
	passwords := map[string]bool{}
	for _, service := range databases {
		got, err := url.Parse(urls[service+"-url"])
		require.NoError(t, err)
		password, _ := got.User.Password()
		require.Regexp(t, `^[0-9a-f]{48}$`, password)
		passwords[password] = true
		require.Equal(t, "sf_"+service, got.User.Username())
		got.User, want.User = nil, nil
		require.Equal(t, want, got, "the same place, spoken to in the same way")
	}
	require.Len(t, passwords, 4)
	at := func(file string) string { return filepath.Join(dir, "overlays/example", file) }
	before, key := private(t, at("peer.secret")), private(t, at("audit.secret"))
	_, err = shell(t, dir, "./secrets.sh overlays/example", "SF_OWNER_DATABASE_URL="+owner)
	require.Error(t, err, "what is there stays")
	require.Equal(t, before, private(t, at("peer.secret")))

	// An overlay of an earlier version gets what it lacks, and needs no address for it.
	require.NoError(t, os.Remove(at("audit.secret")))
	require.NoError(t, os.Remove(at("pii.secret")))
	out, err = shell(t, dir, "./secrets.sh overlays/example")
	require.NoError(t, err, out)
	require.Equal(t, "made overlays/example/audit.secret overlays/example/pii.secret\n", out)
	require.Equal(t, before, private(t, at("peer.secret")))
	require.Equal(t, urls, settingsIn(private(t, at("database.env"))))
	require.NotEqual(t, key, private(t, at("audit.secret")), "nobody has chosen it")
	private(t, at("pii.secret"))
}

func TestTheSecretsOfAnOverlayAreNotMadeOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ args, owner, want string }{
		"no folder":           {"", "postgres://a:b@c/d", "expected one folder"},
		"two":                 {"overlays/example overlays/closed", "postgres://a:b@c/d", "expected one folder"},
		"one of something":    {"components", "postgres://a:b@c/d", "no kustomization.yaml"},
		"no address":          {"overlays/example", "", "found none"},
		"another address":     {"overlays/example", "host=db user=postgres", "expected postgres://"},
		"one without a user":  {"overlays/example", "postgres://db/streamflow", "expected postgres://"},
		"one without its end": {"overlays/example", "postgres://a:b@db", "expected postgres://"},
		"two lines":           {"overlays/example", "postgres://a:b@c/d\npeer-url=x", "expected one line"},
	} {
		dir := filepath.Join(checkout(t), "deploy", "k8s")
		out, err := shell(t, dir, "./secrets.sh "+c.args, "SF_OWNER_DATABASE_URL="+c.owner)
		require.Error(t, err, name)
		require.Contains(t, out, c.want, name)
		for _, file := range []string{"database.env", "peer.secret", "audit.secret", "pii.secret"} {
			require.NoFileExists(t, filepath.Join(dir, "overlays/example", file), name)
		}
	}
}
