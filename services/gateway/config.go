package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/rate"
)

// Default addresses, all on loopback.
const (
	DefaultListen       = "127.0.0.1:7100"
	DefaultHTTPListen   = "127.0.0.1:8080"
	defaultIngest       = "127.0.0.1:7101"
	defaultQuality      = "127.0.0.1:7102"
	defaultSnapshot     = "127.0.0.1:7103"
	defaultOrchestrator = "127.0.0.1:7104"
)

// Config says where the gateway serves HTTP and where the services are. An empty
// address means the default.
type Config struct {
	// HTTPListen is the address to answer HTTP on.
	HTTPListen string
	// IngestAddr, QualityAddr, SnapshotAddr and OrchestratorAddr are where the
	// services answer gRPC, host:port.
	IngestAddr, QualityAddr, SnapshotAddr, OrchestratorAddr string
	// Through are options of the connections to them, of a host that has its own ways.
	Through []grpc.DialOption
	// AllowedHosts are the names that HTTP is answered under, beside loopback's: a host's
	// without its port, or *.example.com for all below it.
	AllowedHosts []string
	// Auth is tokens, where everybody is asked who they are, or none, where whoever reaches
	// the gateway may do everything. Default: what SF_AUTH says, otherwise tokens.
	Auth string
	// AuditKey is the file of the key that signs the audit log; empty where nothing signs it.
	AuditKey string
	// AuditKeyText is the key itself, on one line; used where no file is named.
	AuditKeyText string
	// AuditEvery is the time between two signatures. Default: 1m.
	AuditEvery time.Duration
	// AuditCheckpoints are where signatures go besides the database: stdout, a file, or an
	// address. Default: stdout, where there is a key.
	AuditCheckpoints []string
	// AuditKeep is how long lines of the audit log are kept at least; 0: for ever.
	AuditKeep time.Duration
	// AuditOut is what stdout is. Default: that of the process.
	AuditOut io.Writer
	// Rate is how many requests a second may be made with one token, and RateBurst how many at
	// once. As settings, 0 of the first bounds nobody. Default: 200 and 1000.
	Rate, RateBurst int
	// IssuersFile is a file of the OpenID issuers whose tokens are taken, YAML. Empty: none.
	IssuersFile string
	// PageURL is the address that browsers open the page at, as people sign in with issuers.
	// Empty: as the browser called it, on this machine alone.
	PageURL string
	// HTTPListening, where given, is told the address that was bound for HTTP.
	HTTPListening func(net.Addr)
}

func (c Config) withDefaults() Config {
	c.HTTPListen = cmp.Or(c.HTTPListen, DefaultHTTPListen)
	c.IngestAddr = cmp.Or(c.IngestAddr, defaultIngest)
	c.QualityAddr = cmp.Or(c.QualityAddr, defaultQuality)
	c.SnapshotAddr = cmp.Or(c.SnapshotAddr, defaultSnapshot)
	c.OrchestratorAddr = cmp.Or(c.OrchestratorAddr, defaultOrchestrator)
	c.AuditEvery = cmp.Or(c.AuditEvery, time.Minute)
	if c.AuditOut == nil {
		c.AuditOut = os.Stdout
	}
	c.Rate, c.RateBurst = cmp.Or(c.Rate, rate.DefaultPerSecond), cmp.Or(c.RateBurst, rate.DefaultBurst)
	return c
}

// names are those that HTTP is answered under: what the page is opened at is one of them.
func (c Config) names(page access.Page) []string {
	if page.Host() == "" {
		return c.AllowedHosts
	}
	return append(slices.Clone(c.AllowedHosts), page.Host())
}

func (c Config) check() error {
	if c.Rate < 0 || c.RateBurst < 0 {
		return fmt.Errorf("rate, rate-burst: expected 0 or more, found %d and %d", c.Rate, c.RateBurst)
	}
	switch {
	case c.AuditEvery < time.Second:
		return fmt.Errorf("audit-checkpoint-every: expected at least 1s, found %s", c.AuditEvery)
	case c.AuditKey != "" && c.AuditKeyText != "":
		return errors.New("the audit key stands in SF_AUDIT_KEY and, as a file, in SF_AUDIT_KEY_FILE: want one of them")
	case c.AuditKeep < 0:
		return fmt.Errorf("audit-keep: expected 0, for ever, or more, found %s", c.AuditKeep)
	case c.AuditKeep > 0 && c.AuditKey == "" && c.AuditKeyText == "":
		return errors.New("audit-keep: expected an audit-key with it, found none: lines are removed under a signature alone")
	case c.AuditKeep > 0 && c.AuditKeep < 24*time.Hour:
		return fmt.Errorf("audit-keep: expected at least 24h, found %s", c.AuditKeep)
	}
	if _, err := access.ParsePage(c.PageURL); err != nil || c.Auth == "" {
		return err
	}
	return access.CheckMode(c.Auth)
}

func (c *Config) declare(s *config.Set) {
	s.String(&c.HTTPListen, "http-listen", "SF_HTTP_LISTEN", "address to answer HTTP on")
	s.List(&c.AllowedHosts, "allowed-host", "SF_ALLOWED_HOSTS", "name that HTTP is answered under, beside localhost, or *.example.com; may be repeated")
	c.declareAuditKey(s)
	s.Duration(&c.AuditEvery, "audit-checkpoint-every", "SF_AUDIT_CHECKPOINT_EVERY", "time between two signatures under the audit log")
	s.List(&c.AuditCheckpoints, "audit-checkpoints", "SF_AUDIT_CHECKPOINTS", "where signatures go besides the database: stdout, the absolute path of a file, or an https:// address; may be repeated; otherwise stdout")
	s.Duration(&c.AuditKeep, "audit-keep", "SF_AUDIT_KEEP", "how long the audit log is kept at least; otherwise for ever")
	s.Int(&c.Rate, "rate", "SF_RATE", "requests a second that may be made with one token; 0 for any number")
	s.Int(&c.RateBurst, "rate-burst", "SF_RATE_BURST", "how many of them at once")
	s.String(&c.IssuersFile, "issuers-file", "SF_ISSUERS_FILE", "file of the OpenID issuers whose tokens are taken, beside those of the suite")
	s.String(&c.PageURL, "page-url", "SF_PAGE_URL", "address that browsers open the page at, as people sign in with an issuer, such as https://streamflow.example.com")
	s.String(&c.IngestAddr, "ingest-addr", "SF_INGEST_ADDR", "where ingest answers gRPC")
	s.String(&c.QualityAddr, "quality-addr", "SF_QUALITY_ADDR", "where quality answers gRPC")
	s.String(&c.SnapshotAddr, "snapshot-addr", "SF_SNAPSHOT_ADDR", "where snapshot answers gRPC")
	s.String(&c.OrchestratorAddr, "orchestrator-addr", "SF_ORCHESTRATOR_ADDR", "where the orchestrator answers gRPC")
}

// declareAuditKey are the settings of the key that signs the audit log.
func (c *Config) declareAuditKey(s *config.Set) {
	s.String(&c.AuditKey, "audit-key", "SF_AUDIT_KEY_FILE", "file of the Ed25519 key that signs the audit log, for its owner alone (0600); or, without a file, [SF_AUDIT_KEY], the key itself on one line")
	s.EnvOnly(&c.AuditKeyText, "SF_AUDIT_KEY")
}
