// Package deploy checks that what is shipped for deployment says what the services
// understand.
package deploy

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/test/extract"
)

var databases = []string{"ingest", "quality", "snapshot", "orchestrator"}

// objects are what `kubectl kustomize deploy/k8s/base` renders.
func objects(t *testing.T) []runtime.Object {
	t.Helper()
	return render(t, extract.Root()+"/deploy/k8s/base")
}

// example is what the example overlay renders to.
func example(t *testing.T) []runtime.Object {
	t.Helper()
	return overlay(t, "example")
}

// overlay is what an overlay renders to once its secrets are written.
func overlay(t *testing.T, name string) []runtime.Object {
	t.Helper()
	return overlayWith(t, name, "secret", "migrate-v1")
}

// overlayWith is what it renders to with a password, and a name of the Job, of one's own.
func overlayWith(t *testing.T, name, password, job string) []runtime.Object {
	t.Helper()
	return render(t, filepath.Join(overlays(t, password, job), name))
}

// overlays is a copy of the folder of overlays, with the files that stay out of git.
func overlays(t *testing.T, password, job string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(extract.Root()+"/deploy/k8s")))
	var env strings.Builder
	for _, name := range append([]string{"owner"}, databases...) {
		env.WriteString(name + "-url=postgres://" + name + ":" + password + "@postgres.example:5432/streamflow\n")
	}
	example := filepath.Join(dir, "overlays", "example")
	require.NoError(t, os.WriteFile(filepath.Join(example, "database.env"), []byte(env.String()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(example, "peer.secret"), []byte("5e0b9ad417f4c2683d1e0b9af4c2683d5e0b9ad417f4c2683d1e0b9af4c26831"+"\n"), 0o600))
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(example, "audit.secret"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(example, "pii.secret"), []byte(strings.Repeat("5e", personal.KeyBytes)+"\n"), 0o600))
	file := filepath.Join(example, "kustomization.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "value: migrate-v1")
	text = bytes.ReplaceAll(text, []byte("value: migrate-v1"), []byte("value: "+job))
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return filepath.Join(dir, "overlays")
}

// render decodes every object against the Kubernetes API types; an unknown or a
// repeated field fails.
func render(t *testing.T, dir string) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var out []runtime.Object
	for _, doc := range documents(t, dir) {
		if bytes.HasPrefix(doc, []byte(certManager)) {
			continue // of another API, which tls_test.go reads
		}
		o, _, err := decoder.Decode(doc, nil, nil)
		require.NoError(t, err, string(doc))
		out = append(out, o)
	}
	return out
}

// documents are what a folder renders to.
func documents(t *testing.T, dir string) [][]byte {
	t.Helper()
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	require.NoError(t, err)
	text, err := rendered.AsYaml()
	require.NoError(t, err)
	return bytes.Split(text, []byte("\n---\n"))
}

func ofKind[T runtime.Object](objects []runtime.Object) []T {
	var out []T
	for _, o := range objects {
		if x, ok := o.(T); ok {
			out = append(out, x)
		}
	}
	return out
}

func TestEveryServiceIsDeployedAndProbed(t *testing.T) {
	t.Parallel()
	all := objects(t)
	var names []string
	for _, d := range ofKind[*appsv1.Deployment](all) {
		names = append(names, d.Name)
		require.Len(t, d.Spec.Template.Spec.Containers, 1)
		c := d.Spec.Template.Spec.Containers[0]
		require.Equal(t, "streamflow/"+d.Name+"d:latest", c.Image)
		require.Equal(t, "liveness", *c.LivenessProbe.GRPC.Service)
		require.Equal(t, "liveness", *c.StartupProbe.GRPC.Service)
		require.Nil(t, c.ReadinessProbe.GRPC.Service, "readiness asks for the whole service")
		require.Equal(t, ports(c)["grpc"], c.ReadinessProbe.GRPC.Port)
		require.False(t, c.Resources.Limits.Memory().IsZero())
		require.False(t, c.Resources.Requests.Cpu().IsZero())
		require.Equal(t, d.Spec.Selector.MatchLabels["app.kubernetes.io/name"], d.Spec.Template.Labels["app.kubernetes.io/name"])
	}
	require.ElementsMatch(t, append([]string{"gateway"}, databases...), names)
}

func TestANodeCanBeDrained(t *testing.T) {
	t.Parallel()
	for name, all := range map[string][]runtime.Object{"base": objects(t), "example": example(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			budgets := ofKind[*policyv1.PodDisruptionBudget](all)
			for _, d := range ofKind[*appsv1.Deployment](all) {
				var of []*policyv1.PodDisruptionBudget
				for _, b := range budgets {
					if selects(t, b.Spec.Selector, d.Spec.Template.Labels) {
						of = append(of, b)
					}
				}
				require.Len(t, of, 1, "an eviction of a pod with two budgets is refused: %s", d.Name)
				require.Equal(t, 1, evictions(t, of[0], int(*d.Spec.Replicas)), d.Name)
			}
		})
	}
}

// evictions is how many pods of a healthy Deployment may be evicted at once.
func evictions(t *testing.T, b *policyv1.PodDisruptionBudget, replicas int) int {
	t.Helper()
	scaled := func(v *intstr.IntOrString) int {
		n, err := intstr.GetScaledValueFromIntOrPercent(v, replicas, true)
		require.NoError(t, err)
		return n
	}
	if b.Spec.MaxUnavailable != nil {
		require.Nil(t, b.Spec.MinAvailable, "Kubernetes takes one of the two")
		return scaled(b.Spec.MaxUnavailable)
	}
	return replicas - scaled(b.Spec.MinAvailable)
}

func selects(t *testing.T, s *metav1.LabelSelector, podLabels map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	require.NoError(t, err)
	return selector.Matches(labels.Set(podLabels))
}

func ports(c corev1.Container) map[string]int32 {
	out := map[string]int32{}
	for _, p := range c.Ports {
		out[p.Name] = p.ContainerPort
	}
	return out
}

func TestServicesFindEachOther(t *testing.T) {
	t.Parallel()
	all := objects(t)
	addresses := ofKind[*corev1.ConfigMap](all)[0].Data
	listening := map[string]int32{}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		listening[d.Name] = ports(d.Spec.Template.Spec.Containers[0])["grpc"]
	}
	for _, s := range ofKind[*corev1.Service](all) {
		require.Equal(t, map[string]string{"app.kubernetes.io/name": s.Name}, s.Spec.Selector)
		if s.Name == "gateway" {
			require.Empty(t, s.Spec.ClusterIP, "others reach it at one address")
			continue
		}
		require.Equal(t, corev1.ClusterIPNone, s.Spec.ClusterIP, "%s: callers see every replica", s.Name)
		require.Equal(t, "dns:///"+s.Name+":"+portText(listening[s.Name]), addresses["SF_"+strings.ToUpper(s.Name)+"_ADDR"],
			"without a cluster IP nothing maps the port: callers name the container's")
		require.Equal(t, "grpc", s.Spec.Ports[0].Name)
		require.Equal(t, listening[s.Name], s.Spec.Ports[0].Port)
	}
}

func policy(t *testing.T, all []runtime.Object, name string) *networkingv1.NetworkPolicy {
	t.Helper()
	for _, p := range ofKind[*networkingv1.NetworkPolicy](all) {
		if p.Name == name {
			return p
		}
	}
	require.Fail(t, "no policy "+name)
	return nil
}

func TestPodsReachNamesEachOtherAndPostgreSQL(t *testing.T) {
	t.Parallel()
	all := objects(t)
	p := policy(t, all, "egress").Spec
	require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, p.PolicyTypes)
	var anywhere []int
	for _, e := range p.Egress {
		if len(e.To) > 0 {
			require.Empty(t, e.Ports, "each other, at every port")
			continue
		}
		for _, port := range e.Ports {
			anywhere = append(anywhere, port.Port.IntValue())
		}
	}
	require.Equal(t, []int{53, 53, 5432}, anywhere)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		require.True(t, selects(t, &p.PodSelector, d.Spec.Template.Labels), d.Name)
	}
	migrate := policy(t, all, "migrate").Spec
	for _, j := range ofKind[*batchv1.Job](all) {
		require.False(t, selects(t, &p.PodSelector, j.Spec.Template.Labels), "%s: policies add up, and this one reaches the services", j.Name)
		require.True(t, selects(t, &migrate.PodSelector, j.Spec.Template.Labels), j.Name)
	}
	require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}, migrate.PolicyTypes)
	require.Empty(t, migrate.Ingress, "nobody calls the migration")
	var its []int
	for _, e := range migrate.Egress {
		require.Empty(t, e.To)
		for _, port := range e.Ports {
			its = append(its, port.Port.IntValue())
		}
	}
	require.Equal(t, []int{53, 53, 5432}, its)
}

func TestTheClosedOverlayShutsTheGateway(t *testing.T) {
	t.Parallel()
	all := overlay(t, "closed")
	p := policy(t, all, "gateway").Spec
	for _, d := range ofKind[*appsv1.Deployment](all) {
		require.Equal(t, d.Name == "gateway", selects(t, &p.PodSelector, d.Spec.Template.Labels))
	}
	for _, in := range p.Ingress {
		require.Len(t, in.From, 1)
		require.NotNil(t, in.From[0].NamespaceSelector)
		require.NotEmpty(t, in.From[0].NamespaceSelector.MatchLabels, "an empty selector would admit everybody")
	}
}

func TestAChangedSettingOrPasswordRollsThePods(t *testing.T) {
	t.Parallel()
	all := example(t)
	settings, secret := ofKind[*corev1.ConfigMap](all)[0].Name, secretNamed(t, all, "streamflow-database")
	require.Regexp(t, `^streamflow-[a-z0-9]{10}$`, settings)
	require.Regexp(t, `^streamflow-database-[a-z0-9]{10}$`, secret)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		c := d.Spec.Template.Spec.Containers[0]
		require.Equal(t, settings, c.EnvFrom[0].ConfigMapRef.Name, d.Name)
		for _, e := range c.Env {
			if ofDatabase(e) {
				require.Equal(t, secret, e.ValueFrom.SecretKeyRef.Name, d.Name)
			}
		}
	}
}

func TestAVersionsMigrationIsAJobOfItsOwnThatEnds(t *testing.T) {
	t.Parallel()
	job := ofKind[*batchv1.Job](example(t))[0]
	require.Equal(t, "migrate-v1", job.Name)
	require.Positive(t, *job.Spec.ActiveDeadlineSeconds)
	require.Positive(t, *job.Spec.TTLSecondsAfterFinished)
}

func TestReplicasSpreadAndHaveTimeToDrain(t *testing.T) {
	t.Parallel()
	all := objects(t)
	data := ofKind[*corev1.ConfigMap](all)[0].Data
	drain := time.Duration(0)
	for _, name := range []string{"SF_DRAIN_WAIT", "SF_DRAIN_LIMIT"} {
		d, err := time.ParseDuration(data[name])
		require.NoError(t, err)
		drain += d
	}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		spec := d.Spec.Template.Spec
		require.Greater(t, *spec.TerminationGracePeriodSeconds, int64(drain.Seconds()), d.Name)
		require.Len(t, spec.TopologySpreadConstraints, 1, d.Name)
		spread := spec.TopologySpreadConstraints[0]
		require.True(t, selects(t, spread.LabelSelector, d.Spec.Template.Labels), d.Name)
		require.Equal(t, corev1.ScheduleAnyway, spread.WhenUnsatisfiable, "one node is enough")
	}
}

func TestEveryPodIsAdmittedByTheRestrictedStandard(t *testing.T) {
	t.Parallel()
	all := objects(t)
	pods := map[string]corev1.PodSpec{}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		pods[d.Name] = d.Spec.Template.Spec
	}
	for _, j := range ofKind[*batchv1.Job](all) {
		pods[j.Name] = j.Spec.Template.Spec
	}
	require.Len(t, pods, 6)
	for name, pod := range pods {
		// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
		require.True(t, *pod.SecurityContext.RunAsNonRoot, name)
		require.NotZero(t, *pod.SecurityContext.RunAsUser, name)
		require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type, name)
		require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC, name)
		require.False(t, *pod.AutomountServiceAccountToken, name)
		for _, v := range pod.Volumes {
			require.True(t, v.PersistentVolumeClaim != nil || v.Secret != nil, "%s: only a claim and a Secret are mounted", name)
		}
		for _, c := range pod.Containers {
			require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
			require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
			require.Empty(t, c.SecurityContext.Capabilities.Add, name)
			require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
		}
	}
	ns := ofKind[*corev1.Namespace](all)[0]
	require.Equal(t, "restricted", ns.Labels["pod-security.kubernetes.io/enforce"])
}

func TestSecretsAreReferredToAndNeverCommitted(t *testing.T) {
	t.Parallel()
	all := objects(t)
	require.Empty(t, ofKind[*corev1.Secret](all))
	job := ofKind[*batchv1.Job](all)[0].Spec.Template.Spec
	var migrated []string
	for _, c := range job.Containers {
		migrated = append(migrated, c.Name)
		require.Equal(t, []string{"migrate"}, c.Args)
		require.Equal(t, "owner-url", secretKey(t, c, "SF_OWNER_DATABASE_URL"))
		require.Equal(t, c.Name+"-url", secretKey(t, c, "SF_DATABASE_URL"))
	}
	require.ElementsMatch(t, databases, migrated)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		if d.Name != "gateway" {
			require.Equal(t, d.Name+"-url", secretKey(t, d.Spec.Template.Spec.Containers[0], "SF_DATABASE_URL"))
		}
	}
}

func secretKey(t *testing.T, c corev1.Container, env string) string {
	t.Helper()
	for _, e := range c.Env {
		if e.Name == env {
			require.Equal(t, "streamflow-database", e.ValueFrom.SecretKeyRef.Name)
			return e.ValueFrom.SecretKeyRef.Key
		}
	}
	require.Fail(t, c.Name+" has no "+env)
	return ""
}

func TestIngestReadsTheSourcesAndCannotWriteThem(t *testing.T) {
	t.Parallel()
	for _, d := range ofKind[*appsv1.Deployment](objects(t)) {
		c := d.Spec.Template.Spec.Containers[0]
		var sources []string
		for _, m := range c.VolumeMounts {
			require.True(t, m.ReadOnly, "%s: %s", d.Name, m.Name)
			if m.Name == "data" {
				sources = append(sources, m.MountPath)
			}
		}
		if d.Name != "ingest" {
			require.Empty(t, sources, d.Name)
			continue
		}
		require.Equal(t, []string{env(c)["SF_SOURCE_ROOTS"]}, sources)
	}
}

func env(c corev1.Container) map[string]string {
	out := map[string]string{}
	for _, e := range c.Env {
		out[e.Name] = e.Value
	}
	return out
}
