package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/grpcserver"
)

// settings are what every service reads from flags and the environment.
type settings struct {
	listen      string
	databaseURL string
	ownerURL    string
	logFormat   string
	logLevel    string
	dataSchemas []string
	sharedRoles bool
	liveness    bool
	files       bool
	silent      bool
	drain       grpcserver.Drain
	doors       doors
	personal    struct{ file, text string }
	log         *slog.Logger
}

func (s *settings) declare(set *config.Set, spec Spec, verb string) {
	set.String(&s.logFormat, "log-format", "SF_LOG_FORMAT", "json or text")
	set.String(&s.logLevel, "log-level", "SF_LOG_LEVEL", "debug, info, warn or error")
	if spec.Migrations != nil {
		set.String(&s.databaseURL, "database-url", "SF_DATABASE_URL",
			"PostgreSQL as the service's own role, postgres://"+spec.Migrations.Role+":password@host:port/database")
	}
	if verb == "migrate" || verb == "roles" {
		set.String(&s.ownerURL, "owner-database-url", "SF_OWNER_DATABASE_URL",
			"PostgreSQL as the owner, who may create schemas and roles")
		set.Bool(&s.sharedRoles, "shared-roles", "SF_SHARED_ROLES",
			"the roles serve other databases of this server as well, with the same passwords")
	}
	if verb == "roles" {
		return
	}
	if verb == "migrate" {
		set.List(&s.dataSchemas, "data-schema", "SF_DATA_SCHEMAS",
			"schema of live and snapshot tables; may be repeated")
		return
	}
	set.String(&s.listen, "listen", "SF_LISTEN", "address to answer gRPC on")
	set.Duration(&s.drain.Wait, "drain-wait", "SF_DRAIN_WAIT",
		"how long a stop answers on, not ready, until load balancers send nobody any more")
	set.Duration(&s.drain.Limit, "drain-limit", "SF_DRAIN_LIMIT", "how long calls that are under way may go on after that")
	set.Bool(&s.silent, "no-reflection", "SF_NO_REFLECTION", "tell nobody which RPCs there are (grpcurl list); health goes on")
	s.doors.declare(set, spec.ForClients)
	if spec.Migrations != nil {
		set.String(&s.personal.file, "pii-key-file", "SF_PII_KEY_FILE",
			"file of the keys by which values of pii columns are shown as tokens, one a line, the newest last, the same for all services; or, without a file, [SF_PII_KEY]; without either nothing is shown of them")
		set.EnvOnly(&s.personal.text, "SF_PII_KEY")
	}
	if verb == "health" {
		set.Bool(&s.liveness, "liveness", "SF_HEALTH_LIVENESS", "ask whether the service lives, and not whether it is ready")
		set.Bool(&s.files, "files", "SF_HEALTH_FILES", "ask whether the files of its secrets and certificates can be taken as they are")
	}
	if spec.Settings != nil {
		spec.Settings(set)
	}
}

// about is the name of what health asks for.
func (s *settings) about() string {
	switch {
	case s.liveness:
		return grpcserver.LivenessService
	case s.files:
		return grpcserver.FilesService
	default:
		return ""
	}
}

// overTLS says whether the service answers over TLS.
func (s *settings) overTLS() bool {
	return s.doors.peer.TLS.Cert != "" || s.doors.peer.Front.Cert != ""
}

// check says what is wrong with the settings that all services have.
func (s *settings) check() error {
	for name, d := range map[string]time.Duration{"drain-wait": s.drain.Wait, "drain-limit": s.drain.Limit} {
		if d < 0 {
			return fmt.Errorf("%s: expected 0 or more, found %s", name, d)
		}
	}
	if s.liveness && s.files {
		return errors.New("liveness and files: expected one of them, found both")
	}
	return s.doors.check()
}

func (s *settings) config() Config {
	return Config{
		Listen: s.listen, DatabaseURL: s.databaseURL, Drain: &s.drain, NoReflection: s.silent, Log: s.log,
		Auth: s.doors.auth, Door: s.doors.peer, PersonalFile: s.personal.file, PersonalText: s.personal.text,
	}
}

func (s *settings) migrate() MigrateConfig {
	return MigrateConfig{
		OwnerURL: s.ownerURL, DatabaseURL: s.databaseURL, DataSchemas: s.dataSchemas,
		SharedRoles: s.sharedRoles, Log: s.log,
	}
}
