package daemon

import (
	"log/slog"

	"github.com/streamflow/streamflow/platform/config"
)

// settings are what every service reads from flags and the environment.
type settings struct {
	listen      string
	databaseURL string
	ownerURL    string
	logFormat   string
	logLevel    string
	dataSchemas []string
	log         *slog.Logger
}

func (s *settings) declare(set *config.Set, spec Spec, verb string) {
	set.String(&s.logFormat, "log-format", "SF_LOG_FORMAT", "json or text")
	set.String(&s.logLevel, "log-level", "SF_LOG_LEVEL", "debug, info, warn or error")
	if spec.Migrations != nil {
		set.String(&s.databaseURL, "database-url", "SF_DATABASE_URL",
			"PostgreSQL as the service's own role, postgres://"+spec.Migrations.Role+":password@host:port/database")
	}
	if verb == "migrate" {
		set.String(&s.ownerURL, "owner-database-url", "SF_OWNER_DATABASE_URL",
			"PostgreSQL as the owner, who may create schemas and roles")
		set.List(&s.dataSchemas, "data-schema", "SF_DATA_SCHEMAS",
			"schema of live and snapshot tables; may be repeated")
		return
	}
	set.String(&s.listen, "listen", "SF_LISTEN", "address to answer gRPC on")
	if spec.Settings != nil {
		spec.Settings(set)
	}
}

func (s *settings) config() Config {
	return Config{Listen: s.listen, DatabaseURL: s.databaseURL, Log: s.log}
}

func (s *settings) migrate() MigrateConfig {
	return MigrateConfig{OwnerURL: s.ownerURL, DatabaseURL: s.databaseURL, DataSchemas: s.dataSchemas, Log: s.log}
}
