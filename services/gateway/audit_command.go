package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
)

// auditCommand prints the public key of what signs the audit log, as who verifies it needs it:
// the key itself leaves a container by no other way.
func auditCommand(_ context.Context, args []string, env func(string) (string, bool), out, stderr io.Writer) error {
	if len(args) == 0 || args[0] != "key" {
		return fmt.Errorf("%w: want: gatewayd audit key", daemon.ErrUsage)
	}
	var cfg Config
	set := config.New("gatewayd audit key", stderr, env)
	set.Lead("Usage: gatewayd audit key [settings]\n\nPrints the public key of what signs the audit log. Settings:\n")
	cfg.declareAuditKey(set)
	rest, err := set.Parse(args[1:])
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return fmt.Errorf("%w: unexpected argument %q", daemon.ErrUsage, rest[0])
	}
	key, err := auditKey(cfg)
	switch {
	case err != nil:
		return err
	case key == nil:
		return errors.New("nothing signs the audit log: SF_AUDIT_KEY_FILE names no key, and there is none in SF_AUDIT_KEY")
	}
	text, err := key.PublicPEM()
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "key %s\n", key.ID)
	return err
}
