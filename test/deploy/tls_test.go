package deploy

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// certManager begins what is cert-manager's.
const certManager = "apiVersion: cert-manager.io/v1\n"

// certificate is what the component asks cert-manager for; any other field fails.
type certificate struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name, Namespace string
		Labels          map[string]string
	} `yaml:"metadata"`
	Spec struct {
		IsCA       bool              `yaml:"isCA"`
		CommonName string            `yaml:"commonName"`
		SecretName string            `yaml:"secretName"`
		Duration   string            `yaml:"duration"`
		DNSNames   []string          `yaml:"dnsNames"`
		Usages     []string          `yaml:"usages"`
		PrivateKey map[string]any    `yaml:"privateKey"`
		IssuerRef  map[string]string `yaml:"issuerRef"`
		SelfSigned map[string]any    `yaml:"selfSigned"`
		CA         map[string]string `yaml:"ca"`
	} `yaml:"spec"`
}

// secured is the folder of the example overlay with the component.
func secured(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(overlays(t, "secret", "migrate-v1"), "example")
	file := filepath.Join(dir, "kustomization.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	line := "components: [../../components/tls]\n"
	guide, err := os.ReadFile(filepath.Join(dir, "../../components/tls/kustomization.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(guide), strings.TrimSpace(line), "as it says of itself")
	require.NoError(t, os.WriteFile(file, append(text, line...), 0o600))
	return dir
}

func TestEveryServiceAnswersAndCallsWithACertificateOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := secured(t)
	all := render(t, dir)
	settings, known := ofKind[*corev1.ConfigMap](all)[0].Data, known(t)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		pod := d.Spec.Template.Spec
		i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == "tls" })
		require.GreaterOrEqual(t, i, 0, d.Name)
		require.Equal(t, "streamflow-tls-"+d.Name, pod.Volumes[i].Secret.SecretName)
		require.EqualValues(t, 0o400, *pod.Volumes[i].Secret.DefaultMode, "%s: a key that others may read is refused", d.Name)
		j := slices.IndexFunc(pod.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == "tls" })
		require.True(t, pod.Containers[0].VolumeMounts[j].ReadOnly)
		for name, file := range map[string]string{"SF_TLS_CERT_FILE": "tls.crt", "SF_TLS_KEY_FILE": "tls.key", "SF_TLS_CA_FILE": "ca.crt"} {
			require.Equal(t, pod.Containers[0].VolumeMounts[j].MountPath+"/"+file, settings[name], d.Name)
			require.True(t, known[d.Name][name], "%s knows %s", d.Name, name)
		}
		c := pod.Containers[0]
		for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			require.Nil(t, p.GRPC, "%s: Kubernetes' own speak no TLS", d.Name)
			require.Equal(t, []string{"/service", "health"}, p.Exec.Command[:2])
			require.Greater(t, p.TimeoutSeconds, int32(3), "the command has three")
		}
		require.Equal(t, []string{"--liveness"}, c.LivenessProbe.Exec.Command[2:])
		require.Equal(t, []string{"--liveness"}, c.StartupProbe.Exec.Command[2:])
		require.Empty(t, c.ReadinessProbe.Exec.Command[2:])
	}
	for _, s := range ofKind[*corev1.Service](all) {
		require.Nil(t, s.Spec.Ports[0].AppProtocol, "%s: no h2c any more", s.Name)
	}
	for _, j := range ofKind[*batchv1.Job](all) {
		require.Empty(t, j.Spec.Template.Spec.Volumes)
	}
}

func TestTheCertificatesHoldTheNamesThatAreAskedFor(t *testing.T) {
	t.Parallel()
	issued := map[string]certificate{}
	for _, doc := range documents(t, secured(t)) {
		if !bytes.HasPrefix(doc, []byte(certManager)) {
			continue
		}
		var c certificate
		dec := yaml.NewDecoder(bytes.NewReader(doc))
		dec.KnownFields(true)
		require.NoError(t, dec.Decode(&c), string(doc))
		require.Equal(t, "streamflow", c.Metadata.Namespace)
		issued[c.Kind+"/"+c.Metadata.Name] = c
	}
	require.Len(t, issued, 8)
	ca := issued["Certificate/streamflow-ca"].Spec
	require.True(t, ca.IsCA)
	require.Equal(t, ca.SecretName, issued["Issuer/streamflow"].Spec.CA["secretName"])
	for _, service := range append([]string{"gateway"}, databases...) {
		c := issued["Certificate/"+service].Spec
		require.Equal(t, "streamflow-tls-"+service, c.SecretName)
		require.Equal(t, service, c.DNSNames[0], "the name that the others ask for")
		require.Equal(t, "streamflow", c.IssuerRef["name"])
		require.False(t, c.IsCA)
		require.Subset(t, c.Usages, []string{"server auth", "client auth"})
		for other := range issued {
			if other != "Certificate/"+service {
				require.NotContains(t, issued[other].Spec.DNSNames, service, "nobody else holds it")
			}
		}
	}
}
