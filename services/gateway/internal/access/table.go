package access

import (
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// rule is what an RPC needs.
type rule struct {
	// role is the least that may call it; empty where no caller may, and only the gateway
	// or another service does.
	role identity.Role
	// anybody says that it needs no role: whoever is known may call it.
	anybody bool
	// more says what role a request needs for what it asks besides, and what that is in
	// words; nil where it asks for nothing besides.
	more func(proto.Message) (identity.Role, string)
	// of finds which dataset a request is about.
	of scope
	// log says whether it stands in the audit log. A test holds that every line says so.
	log recorded
}

// recorded says what of an RPC stands in the audit log.
type recorded string

const (
	// change is what alters something, or lets somebody in: its intent, its outcome, and every
	// refusal, a bad request included. It is not done where the intent cannot be written.
	change recorded = "change"
	// export is what takes rows, or the log itself, out of the suite, or unmasks what is hidden:
	// it is recorded as a change is.
	export recorded = "export"
	// read is what changes nothing. Where somebody may not, the refusal is recorded.
	read recorded = "read"
	// unseen is what the gateway and the services do among themselves.
	unseen recorded = "unseen"
)

// always says whether an RPC is recorded whatever becomes of it.
func (r recorded) always() bool { return r == change || r == export }

// internal is an RPC that cannot be reached through the gateway.
var internal = rule{log: unseen}

// table is what every RPC of every service needs. A test holds it against the protos: an RPC
// without a line is called by nobody.
var table = map[string]rule{
	"OrchestratorService/ApplyDataset":        {role: identity.Admin, of: declaredDataset, log: change},
	"OrchestratorService/GetDataset":          {role: identity.Reader, of: namedDataset, log: read},
	"OrchestratorService/ListDatasets":        {role: identity.Reader, of: whatIsGranted, log: read},
	"OrchestratorService/ListDatasetVersions": {role: identity.Reader, of: namedDataset, log: read},
	"OrchestratorService/DiffDataset":         {role: identity.Reader, of: namedDataset, log: read},
	"OrchestratorService/DeleteDataset":       {role: identity.Admin, of: namedDataset, log: change},
	"OrchestratorService/MigrateDataset":      {role: identity.Admin, of: namedDataset, log: change},
	"OrchestratorService/StartRun":            {role: identity.Operator, more: ofRun, of: startedRun, log: change},
	"OrchestratorService/GetRun":              {role: identity.Reader, of: datasetOfRun, log: read},
	"OrchestratorService/ListRuns":            {role: identity.Reader, of: whatIsGranted, log: read},
	"OrchestratorService/WatchRun":            {role: identity.Reader, of: datasetOfRun, log: read},
	"OrchestratorService/CancelRun":           {role: identity.Operator, of: datasetOfRun, log: change},
	"OrchestratorService/UnmaskRun":           {role: identity.Steward, of: datasetOfRun, log: export},
	"OrchestratorService/CreateToken":         {role: identity.Admin, of: allDatasets, log: change},
	"OrchestratorService/ListTokens":          {role: identity.Admin, of: allDatasets, log: read},
	"OrchestratorService/RevokeToken":         {role: identity.Admin, of: allDatasets, log: change},
	"OrchestratorService/GrantRole":           {role: identity.Admin, of: allDatasets, log: change},
	"OrchestratorService/RevokeRole":          {role: identity.Admin, of: allDatasets, log: change},
	"OrchestratorService/ListGrants":          {role: identity.Admin, of: allDatasets, log: read},
	"OrchestratorService/WhoAmI":              {anybody: true, log: read},
	"OrchestratorService/CreateLogin":         {role: identity.Reader, of: noDataset, log: change},
	"OrchestratorService/RedeemLogin":         {log: change}, // by the link alone, before anybody is known
	"OrchestratorService/BeginSession":        {log: change}, // of who has just signed in
	"OrchestratorService/EndSession":          {log: change}, // of the session that asks for it
	"OrchestratorService/Identify":            internal,
	"OrchestratorService/ListAudit":           {role: identity.Admin, of: allDatasets, log: read},
	"OrchestratorService/ExportAudit":         {role: identity.Admin, of: allDatasets, log: export},
	"OrchestratorService/RecordAudit":         internal,
	"OrchestratorService/RecordCheckpoint":    internal,
	"OrchestratorService/ListAuditSegments":   internal,
	"OrchestratorService/DropAudit":           internal,
	"OrchestratorService/IdentifySubject":     internal,

	"IngestService/GetBatch":     {role: identity.Reader, of: datasetOfBatch, log: read},
	"IngestService/ListBatches":  {role: identity.Reader, of: namedDataset, log: read},
	"IngestService/ReadmitKeys":  {role: identity.Steward, of: namedDataset, log: change},
	"IngestService/Stage":        internal,
	"IngestService/Restore":      internal,
	"IngestService/Restamp":      internal,
	"IngestService/Plan":         internal,
	"IngestService/Publish":      internal,
	"IngestService/Expand":       internal,
	"IngestService/Discard":      internal,
	"IngestService/CheckDataset": internal,
	"IngestService/CheckSource":  internal,
	"IngestService/Erase":        internal,

	"QualityService/GetValidation":    {role: identity.Reader, of: datasetOfValidation, log: read},
	"QualityService/ListValidations":  {role: identity.Reader, of: namedDataset, log: read},
	"QualityService/UnmaskValidation": {role: identity.Steward, of: datasetOfValidation, log: export},
	"QualityService/Validate":         internal,
	"QualityService/Erase":            internal,

	"SnapshotService/GetSnapshot":        {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/ListSnapshots":      {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/ListRevisions":      {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/ListRestatements":   {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/ListGaps":           {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/Restore":            {role: identity.Steward, of: namedDataset, log: change},
	"SnapshotService/Verify":             {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/Diff":               {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/PlanRetention":      {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/Pin":                {role: identity.Steward, of: namedDataset, log: change},
	"SnapshotService/Unpin":              {role: identity.Steward, of: namedDataset, log: change},
	"SnapshotService/BuildTrainingSet":   {role: identity.Operator, more: ofTrainingSet, of: namedDataset, log: change},
	"SnapshotService/GetTrainingSet":     {role: identity.Reader, of: datasetOfTrainingSet, log: read},
	"SnapshotService/ListTrainingSets":   {role: identity.Reader, of: namedDataset, log: read},
	"SnapshotService/ExportTrainingSet":  {role: identity.Reader, of: datasetOfTrainingSet, log: export},
	"SnapshotService/VerifyTrainingSet":  {role: identity.Reader, of: datasetOfTrainingSet, log: read},
	"SnapshotService/RebuildTrainingSet": {role: identity.Reader, of: allDatasets, log: export},
	"SnapshotService/ForgetTrainingSet":  {role: identity.Steward, of: datasetOfTrainingSet, log: change},
	"SnapshotService/GetBase":            internal,
	"SnapshotService/Prepare":            internal,
	"SnapshotService/Stamp":              internal,
	"SnapshotService/CheckStamped":       internal,
	"SnapshotService/Expand":             internal,
	"SnapshotService/Rollback":           internal,
	"SnapshotService/ListStale":          internal,
	"SnapshotService/Restamp":            internal,
	"SnapshotService/Discard":            internal,
	"SnapshotService/Retain":             internal,
	"SnapshotService/Erase":              internal,
	"SnapshotService/CheckDataset":       internal,
}

// ofRun says what a run needs besides: a steward decides what a guard found, and what
// happens to history. A plan changes nothing, whatever it is a plan of.
func ofRun(m proto.Message) (need identity.Role, what string) {
	req, ok := m.(*orchestratorv1.StartRunRequest)
	switch {
	case !ok || req.GetMode() == orchestratorv1.RunMode_RUN_MODE_PLAN:
		return "", ""
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK:
		return identity.Steward, "a rollback"
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_RETENTION:
		return identity.Steward, "a run that drops history"
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE:
		return identity.Steward, "a run that erases keys"
	case len(req.GetAccept()) > 0 || req.GetAcceptFrom() != "":
		return identity.Steward, "a run that accepts findings"
	case req.GetSupersede():
		return identity.Steward, "a run that supersedes"
	case req.GetRestamp():
		return identity.Steward, "a run that restamps"
	}
	return "", ""
}

// ofTrainingSet says what a training set needs besides.
func ofTrainingSet(m proto.Message) (need identity.Role, what string) {
	if req, ok := m.(*snapshotv1.BuildTrainingSetRequest); ok && len(req.GetWaive()) > 0 {
		return identity.Steward, "a training set that waives guards"
	}
	return "", ""
}
