package postgres

import (
	"embed"
	"io/fs"
)

//go:embed foundation/*.sql
var foundation embed.FS

// platformSchema is the schema that the foundation fills.
const platformSchema = "sf_platform"

// Foundation is what every service's schema stands on: the roles, the fence, and the
// schema of the candidates. It is applied before any service's own migrations.
func Foundation() *Migrations {
	return Embedded(platformSchema, "", foundation, "foundation")
}

// Embedded makes Migrations of a folder of embedded files.
func Embedded(schema, role string, files embed.FS, dir string) *Migrations {
	sub, err := fs.Sub(files, dir)
	if err != nil { // the name is invalid; embedding had to find the folder
		panic(err) //nolint:forbidigo // a defect of the build, met by every test
	}
	return &Migrations{Schema: schema, Role: role, Files: sub}
}
