package devsuite

import (
	"path/filepath"

	"github.com/streamflow/streamflow/platform/audit"
)

// What lies beside the token: the key that signs the audit log, and the signatures, which
// the database has as well.
const (
	auditKeyFile         = "audit-key"
	auditCheckpointsFile = "audit-checkpoints.jsonl"
)

// AuditPublicKey is the file in a data folder that holds the public key of the audit log.
func AuditPublicKey(dataDir string) string {
	return filepath.Join(dataDir, accessFolder, auditKeyFile+".pub")
}

// AuditCheckpoints is the file in a data folder that signatures of the audit log go to.
func AuditCheckpoints(dataDir string) string {
	return filepath.Join(dataDir, accessFolder, auditCheckpointsFile)
}

// auditKey is the file of the key that signs the audit log, which is made where there is
// none; empty where there is no data folder.
func (s *Suite) auditKey() (string, error) {
	if s.cfg.DataDir == "" {
		return "", nil
	}
	dir, err := s.accessDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, auditKeyFile)
	return path, audit.MakeKey(path)
}
