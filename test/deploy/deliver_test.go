package deploy

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/streamflow/streamflow/test/extract"
)

// deliver is the pod that the guide copies extracts with.
func deliver(t *testing.T) *corev1.Pod {
	t.Helper()
	text, err := os.ReadFile(extract.Root() + "/deploy/k8s/deliver.yaml")
	require.NoError(t, err)
	scheme := runtime.NewScheme()
	require.NoError(t, corev1.AddToScheme(scheme))
	o, _, err := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer().Decode(text, nil, nil)
	require.NoError(t, err)
	pod, ok := o.(*corev1.Pod)
	require.True(t, ok)
	return pod
}

func TestWhatIsDeliveredLandsWhereIngestReadsIt(t *testing.T) {
	t.Parallel()
	pod := deliver(t)
	var ingest corev1.PodSpec
	for _, d := range ofKind[*appsv1.Deployment](objects(t)) {
		if d.Name == "ingest" {
			ingest = d.Spec.Template.Spec
		}
	}
	require.Equal(t, ofKind[*corev1.Namespace](objects(t))[0].Name, pod.Namespace)
	claim, at := sources(t, ingest)
	require.Equal(t, claim, pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName)
	require.False(t, pod.Spec.Volumes[0].PersistentVolumeClaim.ReadOnly)
	require.Equal(t, at, pod.Spec.Containers[0].VolumeMounts[0].MountPath, "a path is the same here and in a run's source")
	require.Equal(t, ingest.SecurityContext.RunAsUser, pod.Spec.SecurityContext.RunAsUser, "ingest reads what it wrote")
	require.Equal(t, ingest.SecurityContext.FSGroup, pod.Spec.SecurityContext.FSGroup)
}

// sources are the claim that ingest reads, and where.
func sources(t *testing.T, ingest corev1.PodSpec) (claim, at string) {
	t.Helper()
	for _, v := range ingest.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		for _, m := range ingest.Containers[0].VolumeMounts {
			if m.Name == v.Name {
				return v.PersistentVolumeClaim.ClaimName, m.MountPath
			}
		}
	}
	require.Fail(t, "ingest mounts no claim")
	return "", ""
}

func TestThePodThatDeliversIsAdmittedAndReachesNoService(t *testing.T) {
	t.Parallel()
	spec := deliver(t).Spec
	// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
	require.True(t, *spec.SecurityContext.RunAsNonRoot)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, spec.SecurityContext.SeccompProfile.Type)
	require.False(t, *spec.AutomountServiceAccountToken)
	for _, c := range spec.Containers {
		require.False(t, *c.SecurityContext.AllowPrivilegeEscalation)
		require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop)
	}
	require.Positive(t, *spec.ActiveDeadlineSeconds, "it goes by itself")
	for _, p := range ofKind[*networkingv1.NetworkPolicy](objects(t)) {
		for _, in := range p.Spec.Ingress {
			for _, from := range in.From {
				require.False(t, selects(t, from.PodSelector, deliver(t).Labels), p.Name)
			}
		}
	}
}

// TestTheGuideNamesWhatIsThere looks at the commands of the guide for files and objects.
func TestTheGuideNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(extract.Root() + "/docs/guides/kubernetes.md")
	require.NoError(t, err)
	for _, path := range regexp.MustCompile(`\b(deploy|dataset|docs)/[\w./-]*\w`).FindAllString(string(text), -1) {
		if strings.HasSuffix(path, "overlays/yours") {
			continue
		}
		require.FileExists(t, existing(extract.Root()+"/"+path), path)
	}
	services := map[string]*corev1.Service{}
	for _, s := range ofKind[*corev1.Service](objects(t)) {
		services[s.Name] = s
	}
	forward := regexp.MustCompile(`port-forward service/(\w+) 8080:(\d+) 7100:(\d+)`).FindStringSubmatch(string(text))
	require.Len(t, forward, 4)
	var ports []string
	for _, p := range services[forward[1]].Spec.Ports {
		ports = append(ports, portText(p.Port))
	}
	require.ElementsMatch(t, ports, forward[2:])
}

// existing is a path, or a file in it where it is a folder.
func existing(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 {
		return path
	}
	for _, e := range entries {
		if !e.IsDir() {
			return path + "/" + e.Name()
		}
	}
	return existing(path + "/" + entries[0].Name())
}
