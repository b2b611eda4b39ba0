package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/audit"
)

func (a *app) auditCommand() *cobra.Command {
	return noun("audit", "Who did what, from where, and what came of it",
		`  sfctl audit list --who ann --since 24h
  sfctl audit export > audit.jsonl
  sfctl audit verify --public-key audit-key.pub audit.jsonl`,
		a.auditList(), a.auditExport(), a.auditVerify(), a.auditKey())
}

func (a *app) auditKey() *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make a key that signs the audit log",
		Long: `Make a key that signs the audit log (Ed25519): the private one in FILE, for its owner alone, for
the gateway (SF_AUDIT_KEY_FILE); the public one in FILE.pub, for who verifies. Keep the public one,
and what the gateway writes of signatures, where who owns the database cannot write. One that is
there already is kept, and its public key is written again.`,
		Example: "  sfctl audit key ./audit-key",
		Args:    oneArg("FILE"),
		RunE: a.action(func(_ *cobra.Command, args []string) error {
			if err := audit.MakeKey(args[0]); err != nil {
				return exit.BadUsage(err)
			}
			key, err := audit.ReadKey(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.proc.Out, "key %s: %s signs, %s.pub verifies\n", key.ID, args[0], args[0])
			return err
		}),
	}
}

// when reads a flag that holds a moment, a date of UTC, or how long ago it was; nil where it is
// not given.
func (a *app) when(flag, text string) (*timestamppb.Timestamp, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // none
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return timestamppb.New(a.proc.Now().Add(-ago)), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return timestamppb.New(at), nil
		}
	}
	return nil, exit.BadUsage(fmt.Errorf("%s: expected a moment as 2024-02-01T00:00:00Z, a date as 2024-02-01, or how long ago as 24h, found %q", flag, text))
}
