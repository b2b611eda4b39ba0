package deploy

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/ingest"
	"github.com/streamflow/streamflow/services/orchestrator"
	"github.com/streamflow/streamflow/services/quality"
	"github.com/streamflow/streamflow/services/snapshot"
	"github.com/streamflow/streamflow/test/extract"
)

func portText(p int32) string { return strconv.Itoa(int(p)) }

// known are the settings that each service says it has, by its help.
func known(t *testing.T) map[string]map[string]bool {
	t.Helper()
	specs := map[string]daemon.Spec{
		"ingest": ingest.Daemon(ingest.Config{}), "quality": quality.Daemon(quality.Config{}), "snapshot": snapshot.Daemon(snapshot.Config{}),
		"orchestrator": orchestrator.Daemon(orchestrator.Config{}), "gateway": gateway.Daemon(gateway.Config{}),
	}
	out := map[string]map[string]bool{}
	for name, spec := range specs {
		out[name] = map[string]bool{}
		for _, verb := range []string{"serve", "migrate"} {
			var help bytes.Buffer
			daemon.Command(t.Context(), spec, []string{verb, "-h"}, func(string) (string, bool) { return "", false }, &help)
			for _, m := range regexp.MustCompile(`\[(SF_[A-Z_]+)\]`).FindAllStringSubmatch(help.String(), -1) {
				out[name][m[1]] = true
			}
		}
	}
	return out
}

func TestManifestsSetOnlyWhatServicesKnow(t *testing.T) {
	t.Parallel()
	settings, all := known(t), objects(t)
	check := func(c corev1.Container) {
		for _, e := range c.Env {
			if f := e.ValueFrom; f != nil && f.FieldRef != nil { // for the settings after it to be made of
				require.Equal(t, "POD_NAMESPACE", e.Name)
				require.Equal(t, "metadata.namespace", f.FieldRef.FieldPath)
				continue
			}
			require.True(t, settings[c.Name][e.Name], "%s does not know %s", c.Name, e.Name)
		}
	}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		check(d.Spec.Template.Spec.Containers[0])
	}
	for _, c := range ofKind[*batchv1.Job](all)[0].Spec.Template.Spec.Containers {
		check(c)
	}
	for name := range ofKind[*corev1.ConfigMap](all)[0].Data {
		require.True(t, settings["orchestrator"][name] || settings["gateway"][name], "nobody knows %s", name)
	}
}

// compose is what docker-compose.yml may say; any other field fails.
type compose struct {
	Logging  any                       `yaml:"x-logging"`
	Service  any                       `yaml:"x-service"`
	Migrate  any                       `yaml:"x-migrate"`
	Peers    any                       `yaml:"x-peers"`
	Services map[string]composeService `yaml:"services"`
	Volumes  map[string]any            `yaml:"volumes"`
}

type composeService struct {
	Image       string                       `yaml:"image"`
	Command     []string                     `yaml:"command"`
	Restart     string                       `yaml:"restart"`
	ReadOnly    bool                         `yaml:"read_only"`
	CapDrop     []string                     `yaml:"cap_drop"`
	SecurityOpt []string                     `yaml:"security_opt"`
	Healthcheck map[string]any               `yaml:"healthcheck"`
	DependsOn   map[string]map[string]string `yaml:"depends_on"`
	Environment map[string]string            `yaml:"environment"`
	Volumes     []string                     `yaml:"volumes"`
	Ports       []string                     `yaml:"ports"`
	PullPolicy  string                       `yaml:"pull_policy"`
	ShmSize     string                       `yaml:"shm_size"`
	MemLimit    string                       `yaml:"mem_limit"`
	PidsLimit   int                          `yaml:"pids_limit"`
	StopGrace   string                       `yaml:"stop_grace_period"`
	Logging     struct {
		Driver  string            `yaml:"driver"`
		Options map[string]string `yaml:"options"`
	} `yaml:"logging"`
	Build *struct {
		Context    string            `yaml:"context"`
		Dockerfile string            `yaml:"dockerfile"`
		Args       map[string]string `yaml:"args"`
	} `yaml:"build"`
}

func readCompose(t *testing.T) compose {
	t.Helper()
	text, err := os.ReadFile(extract.Root() + "/docker-compose.yml")
	require.NoError(t, err)
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var c compose
	require.NoError(t, dec.Decode(&c))
	return c
}

func TestComposeRunsTheSuite(t *testing.T) {
	t.Parallel()
	c, settings := readCompose(t), known(t)
	require.Equal(t, "${SF_POSTGRES_IMAGE:-postgres:17}", c.Services["postgres"].Image)
	require.NotEmpty(t, c.Services["postgres"].Healthcheck)
	require.Contains(t, c.Volumes, "postgres")
	require.Equal(t, []string{"./data:/data:ro"}, c.Services["ingest"].Volumes)
	require.Equal(t, "/data", c.Services["ingest"].Environment["SF_SOURCE_ROOTS"])
	require.Len(t, c.Services["gateway"].Ports, 2)
	for name, vars := range settings {
		s := c.Services[name]
		require.Equal(t, name, s.Build.Args["SERVICE"])
		require.FileExists(t, extract.Root()+"/"+s.Build.Dockerfile)
		require.True(t, s.ReadOnly, name)
		for v := range s.Environment {
			require.True(t, vars[v], "%s does not know %s", name, v)
		}
		if name == "gateway" {
			continue
		}
		m := c.Services["migrate-"+name]
		require.Equal(t, []string{"migrate"}, m.Command)
		require.Equal(t, s.Image, m.Image)
		require.Equal(t, s.Build, m.Build, "up --build builds what migrates as well, and pulls no stranger's")
		require.Equal(t, "service_completed_successfully", s.DependsOn["migrate-"+name]["condition"])
	}
}

func TestComposeTakesEverySecretFromTheEnvironment(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(extract.Root() + "/.env.example")
	require.NoError(t, err)
	for name, s := range readCompose(t).Services {
		for k, v := range s.Environment {
			if !strings.Contains(k, "PASSWORD") && !strings.Contains(k, "URL") && !strings.Contains(k, "SECRET") {
				continue
			}
			m := regexp.MustCompile(`\$\{([A-Z_]+)`).FindStringSubmatch(v)
			require.NotNil(t, m, "%s: %s holds a secret in the open", name, k)
			require.Regexp(t, `(?m)^`+m[1]+`=$`, string(example), "%s stands in .env.example, without a value", m[1])
		}
	}
}

func TestEveryContainerIsBounded(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		require.NotEmpty(t, s.MemLimit, name)
		require.NotZero(t, s.PidsLimit, name)
		require.Equal(t, "10m", s.Logging.Options["max-size"], name)
		require.NotEmpty(t, s.Logging.Options["max-file"], name)
		if name == "postgres" {
			require.Equal(t, "512m", s.ShmSize, "parallel queries need more than Docker's 64 MB")
			continue
		}
		require.Equal(t, "build", s.PullPolicy, "%s: an image of this name in a registry is a stranger's", name)
		require.NotNil(t, s.Build, name)
		require.Contains(t, s.Build.Args, "VERSION")
	}
}
