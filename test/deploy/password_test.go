package deploy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// secretsOf are the Secrets that a pod takes its settings from.
func secretsOf(pod corev1.PodSpec) map[string]bool {
	names := map[string]bool{}
	for _, c := range pod.Containers {
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				names[e.ValueFrom.SecretKeyRef.Name] = true
			}
		}
	}
	return names
}

// TestAPasswordIsChangedAsTheGuideHasIt follows docs/guides/rotate-passwords.md: another
// password in database.env and another name of the Job, then apply.
func TestAPasswordIsChangedAsTheGuideHasIt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"example", "closed"} {
		before := overlayWith(t, name, "secret", "migrate-v1")
		after := overlayWith(t, name, "changed", "migrate-v1-2")

		old, fresh := secretNamed(t, before, "streamflow-database"), secretNamed(t, after, "streamflow-database")
		require.NotEqual(t, old, fresh, "%s: the Secret is another", name)
		job := ofKind[*batchv1.Job](after)[0]
		require.Equal(t, "migrate-v1-2", job.Name, "%s: a Job of its own, since the one before cannot be changed", name)
		require.Equal(t, map[string]bool{fresh: true}, secretsOf(job.Spec.Template.Spec), "%s: which sets the new passwords", name)
		for _, d := range ofKind[*appsv1.Deployment](after) {
			want := map[string]bool{fresh: true, secretNamed(t, after, personalKey): true}
			if d.Name == "gateway" {
				want = map[string]bool{}
			}
			require.Equal(t, want, secretsOf(d.Spec.Template.Spec), "%s: %s takes the new one, and rolls for it", name, d.Name)
		}
		require.Equal(t, templates(before, old), templates(after, old), "%s: nothing else is different", name)
	}
}

// secretNamed is the name of a Secret with the hash of what is in it.
func secretNamed(t *testing.T, all []runtime.Object, name string) string {
	t.Helper()
	for _, s := range ofKind[*corev1.Secret](all) {
		if strings.HasPrefix(s.Name, name+"-") {
			return s.Name
		}
	}
	require.Fail(t, "no Secret "+name)
	return ""
}

// personalKey is the Secret of what is shown in place of personal values. It is the user's
// own, and stays where a password changes.
const personalKey = "streamflow-pii"

// ofDatabase says whether a setting comes from the database's Secret: every other Secret is
// that of personal values.
func ofDatabase(e corev1.EnvVar) bool {
	return e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil && !strings.HasPrefix(e.ValueFrom.SecretKeyRef.Name, personalKey)
}

// templates are the pods of the Deployments, their database's Secrets called by one name.
func templates(all []runtime.Object, secret string) map[string]corev1.PodSpec {
	pods := map[string]corev1.PodSpec{}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		pod := d.Spec.Template.Spec.DeepCopy()
		for i := range pod.Containers {
			for _, e := range pod.Containers[i].Env {
				if ofDatabase(e) {
					e.ValueFrom.SecretKeyRef.Name = secret
				}
			}
		}
		pods[d.Name] = *pod
	}
	return pods
}

// TestOnlyTheMigrationKnowsTheOwner keeps the owner's password out of what runs on.
func TestOnlyTheMigrationKnowsTheOwner(t *testing.T) {
	t.Parallel()
	for _, d := range ofKind[*appsv1.Deployment](example(t)) {
		for _, e := range d.Spec.Template.Spec.Containers[0].Env {
			switch {
			case ofDatabase(e):
				require.Equal(t, d.Name+"-url", e.ValueFrom.SecretKeyRef.Key, d.Name)
			case e.ValueFrom != nil && e.ValueFrom.FieldRef == nil:
				require.Equal(t, "keys", e.ValueFrom.SecretKeyRef.Key, d.Name)
			}
		}
	}
}
