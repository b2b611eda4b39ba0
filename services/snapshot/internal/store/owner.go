package store

import "github.com/streamflow/streamflow/platform/owned"

// Owners keeps which dataset a snapshot's table belongs to: the first that stamped into it.
var Owners = owned.Ledger{SQL: "sf_snapshot.table_owner", First: "first stamped"}
