package deploy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/whocalls"
	"github.com/streamflow/streamflow/test/extract"
)

// callers are the services that call one of a service's RPCs.
func callers(service string) []string {
	var all []string
	for _, method := range whocalls.Methods() {
		if !strings.HasPrefix(method, "/streamflow."+service+".") {
			continue
		}
		for _, caller := range whocalls.Of(method) {
			if !slices.Contains(all, caller) {
				all = append(all, caller)
			}
		}
	}
	return all
}

// TestAServiceIsReachedFromThoseThatCallIt compares the policies with the table that the
// services themselves go by.
func TestAServiceIsReachedFromThoseThatCallIt(t *testing.T) {
	t.Parallel()
	all := objects(t)
	for _, service := range databases {
		p := policy(t, all, service).Spec
		require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, p.PolicyTypes)
		require.Len(t, p.Ingress, 1, service)
		require.Len(t, p.Ingress[0].Ports, 1, service)
		require.Equal(t, corev1.ProtocolTCP, *p.Ingress[0].Ports[0].Protocol)
		require.Equal(t, intstr.FromString("grpc"), *p.Ingress[0].Ports[0].Port)
		for _, from := range p.Ingress[0].From {
			require.Nil(t, from.NamespaceSelector, "other namespaces stay out")
			require.Nil(t, from.IPBlock)
		}
		admits := func(labels map[string]string) bool {
			return slices.ContainsFunc(p.Ingress[0].From, func(f networkingv1.NetworkPolicyPeer) bool { return selects(t, f.PodSelector, labels) })
		}
		for _, d := range ofKind[*appsv1.Deployment](all) {
			pod := d.Spec.Template
			require.Equal(t, slices.Contains(callers(service), d.Name), admits(pod.Labels), "%s from %s", service, d.Name)
			require.Equal(t, d.Name == service, selects(t, &p.PodSelector, pod.Labels), "%s is closed by its policy alone", d.Name)
			require.Contains(t, ports(pod.Spec.Containers[0]), "grpc")
		}
		for _, j := range ofKind[*batchv1.Job](all) {
			require.False(t, admits(j.Spec.Template.Labels), service)
		}
		require.False(t, admits(map[string]string{"app.kubernetes.io/part-of": "streamflow"}))
		require.False(t, admits(map[string]string{"app.kubernetes.io/name": "orchestrator"}), "of another application")
	}
}

// TestEveryServiceHasThePeerSecretInAFileThatItTakes looks at what a pod is given: the mode
// is one that becomes 0440, of root and of the pod's fsGroup, which platform/secretfile takes.
func TestEveryServiceHasThePeerSecretInAFileThatItTakes(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{"base": "streamflow-peers", "example": secretNamed(t, example(t), "streamflow-peers")} {
		all := objects(t)
		if name == "example" {
			all = example(t)
		}
		for _, d := range ofKind[*appsv1.Deployment](all) {
			pod, file := d.Spec.Template.Spec, ofKind[*corev1.ConfigMap](all)[0].Data["SF_PEER_SECRET_FILE"]
			i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Secret != nil && v.Secret.SecretName == secret })
			require.GreaterOrEqual(t, i, 0, "%s: %s", name, d.Name)
			require.EqualValues(t, 0o400, *pod.Volumes[i].Secret.DefaultMode, d.Name)
			require.Equal(t, *pod.SecurityContext.RunAsGroup, *pod.SecurityContext.FSGroup, d.Name)
			mounts := pod.Containers[0].VolumeMounts
			j := slices.IndexFunc(mounts, func(m corev1.VolumeMount) bool { return m.Name == pod.Volumes[i].Name })
			require.Equal(t, filepath.Dir(file), mounts[j].MountPath, d.Name)
			require.Equal(t, "secret", filepath.Base(file))
		}
		for _, j := range ofKind[*batchv1.Job](all) {
			require.Empty(t, j.Spec.Template.Spec.Volumes, "who calls no service needs no secret")
		}
	}
	for _, s := range ofKind[*corev1.Secret](example(t)) {
		if strings.HasPrefix(s.Name, "streamflow-peers-") {
			_, err := peersecret.Parse(string(s.Data["secret"]))
			require.NoError(t, err)
		}
	}
}

// line finds the line of a guide that holds a text, without what is said of it.
func line(t *testing.T, guide, holds string) string {
	t.Helper()
	text, err := os.ReadFile(extract.Root() + "/docs/guides/" + guide)
	require.NoError(t, err)
	for _, l := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(l, "    ") && strings.Contains(l, holds) {
			l, _, _ = strings.Cut(l, "    # ")
			return strings.TrimSpace(l)
		}
	}
	require.Fail(t, guide+" has no line with "+holds)
	return ""
}

// TestComposeGivesEveryServiceTheSecret, and nobody who needs none.
func TestComposeGivesEveryServiceTheSecret(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		service := slices.Contains(append([]string{"gateway"}, databases...), name)
		_, has := s.Environment["SF_PEER_SECRET"]
		require.Equal(t, service, has, name)
		_, has = s.Environment["SF_AUDIT_KEY"]
		require.Equal(t, name == "gateway", has, "%s: who signs the log does not keep it", name)
		_, has = s.Environment["SF_PII_KEY"]
		require.Equal(t, slices.Contains(databases, name), has, "%s: who works on rows shows their values", name)
	}
}
