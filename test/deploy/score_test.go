package deploy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// What kube-score calls critical and kube-linter an error by default, besides what the other
// tests here hold (restricted pods, budgets, spread, probes, secrets). Two of them are not
// followed: a limit of CPU, which throttles a service that has the node to itself, and
// imagePullPolicy Always, since an overlay names a version, or a digest, that never changes.

// podsOf are the pods of everything that runs, by what they are of.
func podsOf(all []runtime.Object) map[string]corev1.PodTemplateSpec {
	pods := map[string]corev1.PodTemplateSpec{}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		pods[d.Name] = d.Spec.Template
	}
	for _, j := range ofKind[*batchv1.Job](all) {
		pods[j.Name] = j.Spec.Template
	}
	return pods
}

func TestEveryContainerIsWhatTheLintersAskFor(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"example", "closed"} {
		all := overlay(t, name)
		require.NotEmpty(t, podsOf(all))
		for of, pod := range podsOf(all) {
			s := pod.Spec.SecurityContext
			require.Greater(t, *s.RunAsUser, int64(10_000), "%s: no user of the host's", of)
			require.Greater(t, *s.RunAsGroup, int64(10_000), of)
			require.NotEmpty(t, pod.Spec.ServiceAccountName, of)
			require.NotEqual(t, "default", pod.Spec.ServiceAccountName, of)
			require.Nil(t, pod.Spec.ShareProcessNamespace, of)
			for _, c := range pod.Spec.Containers {
				_, tag, tagged := strings.Cut(c.Image[strings.LastIndexByte(c.Image, '/')+1:], ":")
				require.True(t, tagged && tag != "latest", "%s: %s is another image tomorrow", of, c.Image)
				require.False(t, c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero(), of)
				require.False(t, c.Resources.Limits.Memory().IsZero(), of)
				room, most := c.Resources.Requests.StorageEphemeral(), c.Resources.Limits.StorageEphemeral()
				require.False(t, room.IsZero() || most.IsZero(), "%s: its log could fill the node's disk", of)
				require.LessOrEqual(t, room.Cmp(*most), 0, of)
				require.GreaterOrEqual(t, most.Value(), int64(100<<20), "%s: the kubelet keeps five logs of 10 MiB, and turns them over every now and then", of)
				require.Nil(t, c.SecurityContext.Privileged, of)
				require.Nil(t, c.SecurityContext.ProcMount, of)
				for _, p := range c.Ports {
					require.Zero(t, p.HostPort, of)
					require.Greater(t, p.ContainerPort, int32(1023), of)
				}
				for _, e := range c.Env {
					secret := strings.Contains(e.Name, "PASSWORD") || strings.Contains(e.Name, "SECRET") || strings.Contains(e.Name, "TOKEN") || strings.Contains(e.Name, "URL")
					require.False(t, secret && e.Value != "", "%s: %s stands in the open", of, e.Name)
				}
				if c.ReadinessProbe != nil {
					require.NotEqual(t, c.LivenessProbe, c.ReadinessProbe, "%s: who is busy is not to be ended", of)
				}
			}
		}
	}
}

func TestEveryPodHasAPolicyForWhatComesAndWhatGoes(t *testing.T) {
	t.Parallel()
	all := overlay(t, "closed")
	for of, pod := range podsOf(all) {
		held := map[networkingv1.PolicyType]bool{}
		for _, p := range ofKind[*networkingv1.NetworkPolicy](all) {
			if selects(t, &p.Spec.PodSelector, pod.Labels) {
				for _, kind := range p.Spec.PolicyTypes {
					held[kind] = true
				}
			}
		}
		require.True(t, held[networkingv1.PolicyTypeIngress] && held[networkingv1.PolicyTypeEgress], "%s: %v", of, held)
	}
}

func TestEveryObjectIsSelectedByWhatIsMeant(t *testing.T) {
	t.Parallel()
	all := overlay(t, "closed")
	pods := podsOf(all)
	for _, s := range ofKind[*corev1.Service](all) {
		require.NotEqual(t, corev1.ServiceTypeNodePort, s.Spec.Type, s.Name)
		require.NotEqual(t, corev1.ServiceTypeLoadBalancer, s.Spec.Type, s.Name)
		require.Empty(t, s.Spec.ExternalIPs, s.Name)
		found := 0
		for _, pod := range pods {
			matches := true
			for k, v := range s.Spec.Selector {
				matches = matches && pod.Labels[k] == v
			}
			if matches {
				found++
			}
		}
		require.Equal(t, 1, found, "service %s", s.Name)
	}
	for _, b := range ofKind[*policyv1.PodDisruptionBudget](all) {
		found := 0
		for _, pod := range pods {
			if selects(t, b.Spec.Selector, pod.Labels) {
				found++
			}
		}
		require.Equal(t, 1, found, "budget %s", b.Name)
	}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		require.Equal(t, "streamflow", d.Namespace, d.Name)
		require.NotEmpty(t, d.Labels["app.kubernetes.io/name"], d.Name)
	}
}
