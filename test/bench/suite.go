package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/streamflow/streamflow/dataset/builtin"
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
// peer secret that it always has, and a token that the gateway asks for, which has every
// change written into the audit log.
func (b *bench) openSecured(ctx context.Context, url string) (side, error) {
	return b.start(ctx, url, cluster.Config{TLS: true, Tokens: true})
}

func (b *bench) start(ctx context.Context, url string, cfg cluster.Config) (side, error) {
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
	return s, s.apply(ctx)
}

func (s *suite) apply(ctx context.Context) error {
	conn, err := s.cluster.Dial(cluster.Gateway)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).ApplyDataset(ctx, &orchestratorv1.ApplyDatasetRequest{
		Dataset: builtin.Streamflow(), RequestedBy: "bench",
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
