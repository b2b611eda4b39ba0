package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/personal"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// suite is StreamFlow as deployed, driven by sfctl; what is timed is all that a
// person waits for, the start of sfctl included.
type suite struct {
	cluster *cluster.Cluster
	sfctl   string
	data    string
}

func (b *bench) openSuite(ctx context.Context, url string) (side, error) {
	return b.start(ctx, url, cluster.Config{})
}

// openSecured is the suite with its doors shut: TLS on every port, certificates beside the
// peer secret that it always has, a token that the gateway asks for, which has every change
// written into the audit log, a key that signs that, and users of whom no value is shown.
func (b *bench) openSecured(ctx context.Context, url string) (side, error) {
	key := filepath.Join(b.data, "audit-key")
	if err := audit.MakeKey(key); err != nil {
		return nil, err
	}
	env := map[string][]string{cluster.Gateway: {"SF_AUDIT_KEY_FILE=" + key, "SF_AUDIT_CHECKPOINT_EVERY=1s"}}
	personalKey := "SF_PII_KEY=" + personal.NewKey()
	for _, service := range []string{cluster.Ingest, cluster.Quality, cluster.Snapshot, cluster.Orchestrator} {
		env[service] = []string{personalKey}
	}
	return b.startWith(ctx, url, cluster.Config{TLS: true, Tokens: true, Env: env}, veiled(builtin.Streamflow()))
}

// veiled is a dataset of which every key is personal, wherever it stands.
func veiled(d *datasetv1.Dataset) *datasetv1.Dataset {
	for _, t := range d.GetTables() {
		for _, c := range t.GetColumns() {
			c.Pii = slices.Contains(t.GetKey(), c.GetName())
		}
	}
	return d
}

func (b *bench) start(ctx context.Context, url string, cfg cluster.Config) (side, error) {
	return b.startWith(ctx, url, cfg, builtin.Streamflow())
}

func (b *bench) startWith(ctx context.Context, url string, cfg cluster.Config, d *datasetv1.Dataset) (side, error) {
	logs, err := b.logs()
	if err != nil {
		return nil, err
	}
	cfg.Bin, cfg.OwnerURL, cfg.Dir, cfg.SourceRoots = b.bin, url, logs, []string{b.data}
	c, err := cluster.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &suite{cluster: c, sfctl: filepath.Join(b.bin, "sfctl"), data: b.data}
	return s, s.apply(ctx, d)
}

func (s *suite) apply(ctx context.Context, d *datasetv1.Dataset) error {
	conn, err := s.cluster.Dial(cluster.Gateway)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).ApplyDataset(ctx, &orchestratorv1.ApplyDatasetRequest{
		Dataset: d, RequestedBy: "bench",
	})
	return err
}

func (s *suite) month(ctx context.Context, d delivery) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, s.sfctl, "run", "start", "--as-of", d.asOf,
		"--source", filepath.Join(s.data, d.folder), "--wait")
	cmd.Env = append(os.Environ(), "SFCTL_SERVER="+s.cluster.Address(cluster.Gateway), "SFCTL_TLS_CA="+s.cluster.CA())
	if s.cluster.Token() != "" {
		cmd.Env = append(cmd.Env, "SF_TOKEN_FILE="+s.cluster.TokenFile())
	}
	begun := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("sfctl: %w\n%s", err, out)
	}
	return time.Since(begun), nil
}

func (s *suite) close(ctx context.Context) error { return s.cluster.Stop(ctx) }
