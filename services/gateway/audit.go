package gateway

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/trail"
)

// newBook makes the gateway's book of the audit log. Errors: a key that others may read, or
// that is none; a place for checkpoints that is none.
func newBook(cfg Config, gate *access.Gate, log *slog.Logger) (*trail.Book, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "host"
	}
	own := trail.Config{Name: "gateway " + name, Open: gate.Open(), Every: cfg.AuditEvery, Keep: cfg.AuditKeep}
	if own.Key, err = auditKey(cfg); err != nil {
		return nil, err
	}
	if own.Key == nil {
		log.Warn("the audit log is not signed: who owns the database can change it without a trace; give a key with SF_AUDIT_KEY_FILE, or SF_AUDIT_KEY")
		return trail.New(gate.Keeper(), log, own), nil
	}
	to := cfg.AuditCheckpoints
	if len(to) == 0 {
		to = []string{trail.Stdout}
	}
	if own.To, err = trail.Destinations(to, cfg.AuditOut); err != nil {
		return nil, err
	}
	log.Info("the audit log is signed", "key", own.Key.ID)
	return trail.New(gate.Keeper(), log, own), nil
}

// auditKey is the key that signs; nil where none is given.
func auditKey(cfg Config) (*audit.Key, error) {
	switch {
	case cfg.AuditKey != "":
		return audit.ReadKey(cfg.AuditKey)
	case cfg.AuditKeyText != "":
		key, err := audit.ParseKey(cfg.AuditKeyText)
		if err != nil {
			return nil, fmt.Errorf("SF_AUDIT_KEY: %w", err)
		}
		return key, nil
	default:
		return nil, nil //nolint:nilnil // none
	}
}
