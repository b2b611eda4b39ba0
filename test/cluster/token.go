package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func (cfg Config) auth() string {
	if cfg.Tokens {
		return "tokens"
	}
	return "none"
}

// TokenFile is where the token of a cluster whose gateway asks for one lies, as the header
// that curl -H @FILE sends.
func (c *Cluster) TokenFile() string { return filepath.Join(c.cfg.Dir, "token") }

// Token is what the gateway is called with; empty where it asks nobody.
func (c *Cluster) Token() string { return c.token }

// makeToken makes the first token, with the database's address alone, as whoever runs the
// services does.
func (c *Cluster) makeToken(ctx context.Context) error {
	if !c.cfg.Tokens {
		return nil
	}
	if err := os.Remove(c.TokenFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cmd := exec.CommandContext(ctx, c.binary(Orchestrator), "token", "create", "--role", "admin", "--out", c.TokenFile())
	cmd.Env = append(withoutOurs(os.Environ()), "SF_DATABASE_URL="+c.cfg.URL(Orchestrator))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the first token: %w\n%s", err, out)
	}
	text, err := os.ReadFile(c.TokenFile())
	if err != nil {
		return err
	}
	c.token = strings.TrimSpace(strings.TrimPrefix(string(text), "Authorization: Bearer "))
	return nil
}
