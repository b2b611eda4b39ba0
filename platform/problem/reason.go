package problem

import "google.golang.org/grpc/codes"

// Reason names why something failed, in UPPER_SNAKE_CASE. It is the ErrorInfo
// reason of a gRPC status, the last part of a problem+json type, and a heading of
// docs/reference/errors.md.
type Reason string

// The reasons that callers may rely on.
const (
	InvalidRequest       Reason = "INVALID_REQUEST"
	DatasetInvalid       Reason = "DATASET_INVALID"
	DatasetNotFound      Reason = "DATASET_NOT_FOUND"
	DatasetRefused       Reason = "DATASET_REFUSED"
	DatasetInUse         Reason = "DATASET_IN_USE"
	TableTaken           Reason = "TABLE_TAKEN"
	AsOfOffCalendar      Reason = "AS_OF_OFF_CALENDAR"
	AsOfMismatch         Reason = "AS_OF_MISMATCH"
	SourceNotAllowed     Reason = "SOURCE_NOT_ALLOWED"
	SourceNotFound       Reason = "SOURCE_NOT_FOUND"
	SourceStuck          Reason = "SOURCE_STUCK"
	FileMissing          Reason = "FILE_MISSING"
	FileUnreadable       Reason = "FILE_UNREADABLE"
	FileNotRead          Reason = "FILE_NOT_READ"
	TableNotCollected    Reason = "TABLE_NOT_COLLECTED"
	ManifestInvalid      Reason = "MANIFEST_INVALID"
	HeaderMismatch       Reason = "HEADER_MISMATCH"
	ColumnsRenamed       Reason = "COLUMNS_RENAMED"
	RowsRejected         Reason = "ROWS_REJECTED"
	DuplicateKeys        Reason = "DUPLICATE_KEYS"
	OrphanedRows         Reason = "ORPHANED_ROWS"
	ValuesDoubtful       Reason = "VALUES_DOUBTFUL"
	StaleExtract         Reason = "STALE_EXTRACT"
	NothingToAccept      Reason = "NOTHING_TO_ACCEPT"
	AcceptanceUnused     Reason = "ACCEPTANCE_UNUSED"
	BatchNotFound        Reason = "BATCH_NOT_FOUND"
	BatchRejected        Reason = "BATCH_REJECTED"
	DeparturesOverLimit  Reason = "DEPARTURES_OVER_LIMIT"
	DeparturesUnguarded  Reason = "DEPARTURES_UNGUARDED"
	WithdrawalsUnknown   Reason = "WITHDRAWALS_UNKNOWN"
	WithdrawalsHeld      Reason = "WITHDRAWALS_HELD"
	ColumnsLost          Reason = "COLUMNS_LOST"
	OthersRefer          Reason = "OTHERS_REFER"
	FilesReplaced        Reason = "FILES_REPLACED"
	LiveAltered          Reason = "LIVE_ALTERED"
	HistoryLost          Reason = "HISTORY_LOST"
	SchemaChanges        Reason = "SCHEMA_CHANGES"
	LiveTableDiffers     Reason = "LIVE_TABLE_DIFFERS"
	LiveTableNotAdopted  Reason = "LIVE_TABLE_NOT_ADOPTED"
	ForeignCode          Reason = "FOREIGN_CODE"
	ExpectationsFailed   Reason = "EXPECTATIONS_FAILED"
	ValidationNotFound   Reason = "VALIDATION_NOT_FOUND"
	StagingLost          Reason = "STAGING_LOST"
	BaseMoved            Reason = "BASE_MOVED"
	BaseMissing          Reason = "BASE_MISSING"
	BaseOlder            Reason = "BASE_OLDER"
	NowhereToGo          Reason = "NOWHERE_TO_GO"
	DeletesLeftOut       Reason = "DELETES_LEFT_OUT"
	DeletesUnknown       Reason = "DELETES_UNKNOWN"
	FenceLost            Reason = "FENCE_LOST"
	NotPrepared          Reason = "NOT_PREPARED"
	SnapshotDiffers      Reason = "SNAPSHOT_DIFFERS"
	SnapshotTableDiffers Reason = "SNAPSHOT_TABLE_DIFFERS"
	SnapshotNotFound     Reason = "SNAPSHOT_NOT_FOUND"
	RevisionChanged      Reason = "REVISION_CHANGED"
	SchemaRefused        Reason = "SCHEMA_REFUSED"
	HistoryDiffers       Reason = "HISTORY_DIFFERS"
	PastDiffers          Reason = "PAST_DIFFERS"
	EraseRefused         Reason = "ERASE_REFUSED"
	ErasedKeysReturned   Reason = "ERASED_KEYS_RETURNED"
	KeysNotFound         Reason = "KEYS_NOT_FOUND"
	SourcesHoldKeys      Reason = "SOURCES_HOLD_KEYS"
	EraseIncomplete      Reason = "ERASE_INCOMPLETE"
	ErasedSince          Reason = "ERASED_SINCE"
	RollbackRefused      Reason = "ROLLBACK_REFUSED"
	RollbackMixed        Reason = "ROLLBACK_MIXED"
	RestampRefused       Reason = "RESTAMP_REFUSED"
	HistoryAlone         Reason = "HISTORY_ALONE"
	RetainedNoLonger     Reason = "RETAINED_NO_LONGER"
	RetentionRefused     Reason = "RETENTION_REFUSED"
	RetentionHindered    Reason = "RETENTION_HINDERED"
	RetentionDue         Reason = "RETENTION_DUE"
	TrainingSetInvalid   Reason = "TRAINING_SET_INVALID"
	TrainingSetNotFound  Reason = "TRAINING_SET_NOT_FOUND"
	TrainingSetChanged   Reason = "TRAINING_SET_CHANGED"
	TrainingFormatUnfit  Reason = "TRAINING_FORMAT_UNFIT"
	RunNotFound          Reason = "RUN_NOT_FOUND"
	RunEnded             Reason = "RUN_ENDED"
	RunCancelled         Reason = "RUN_CANCELLED"
	RequestIDReused      Reason = "REQUEST_ID_REUSED"
	AmbiguousID          Reason = "AMBIGUOUS_ID"
	NotExposed           Reason = "NOT_EXPOSED"
	DatabaseUnavailable  Reason = "DATABASE_UNAVAILABLE"
	DatabaseFull         Reason = "DATABASE_FULL"
	ServiceUnavailable   Reason = "SERVICE_UNAVAILABLE"
	PostgresNotStarted   Reason = "POSTGRES_NOT_STARTED"
	HostNotAllowed       Reason = "HOST_NOT_ALLOWED"
	MessageTooLarge      Reason = "MESSAGE_TOO_LARGE"
	LimitReached         Reason = "LIMIT_REACHED"
	RateLimited          Reason = "RATE_LIMITED"
	Internal             Reason = "INTERNAL"
)

// TrainingManifestInvalid is of what is handed in as the manifest of a training set.
const TrainingManifestInvalid Reason = "TRAINING_MANIFEST_INVALID"

// EntityRowsInvalid is of rows that somebody brings to say whom a training set is about.
const EntityRowsInvalid Reason = "ENTITY_ROWS_INVALID"

// What the guards against leaks refuse: a training set from which a model would learn
// what it cannot know. Each may be waived by whoever builds the set.
const (
	LabelNotLater        Reason = "LABEL_NOT_LATER"
	LabelAmongFeatures   Reason = "LABEL_AMONG_FEATURES"
	LabelNotStamped      Reason = "LABEL_NOT_STAMPED"
	SnapshotStale        Reason = "SNAPSHOT_STALE"
	HistoryCut           Reason = "HISTORY_CUT"
	LabelCoverageLow     Reason = "LABEL_COVERAGE_LOW"
	FeatureWindowTooLate Reason = "FEATURE_WINDOW_TOO_LATE"
	FeatureLiftHigh      Reason = "FEATURE_LIFT_HIGH"
	DeliveriesMixed      Reason = "DELIVERIES_MIXED"
)

// What the gateway refuses before any service sees it.
const (
	PathNotFound          Reason = "PATH_NOT_FOUND"
	MethodNotAllowed      Reason = "METHOD_NOT_ALLOWED"
	BodyTooLarge          Reason = "BODY_TOO_LARGE"
	MediaTypeNotSupported Reason = "MEDIA_TYPE_NOT_SUPPORTED"
	OriginNotAllowed      Reason = "ORIGIN_NOT_ALLOWED"
)

// What a service refuses of whoever is no service of its suite, or not the one that may.
const (
	PeerUnknown    Reason = "PEER_UNKNOWN"
	PeerNotAllowed Reason = "PEER_NOT_ALLOWED"
)

// What the audit log refuses.
const (
	AuditUnavailable Reason = "AUDIT_UNAVAILABLE"
	AuditBroken      Reason = "AUDIT_BROKEN"
)

// Personal values.
const (
	// PersonalKeyMissing is of values that were encrypted under a key that is gone.
	PersonalKeyMissing Reason = "PERSONAL_KEY_MISSING"
)

// Who calls, and what they may.
const (
	Unauthenticated  Reason = "UNAUTHENTICATED"
	PermissionDenied Reason = "PERMISSION_DENIED"
	TokenNotFound    Reason = "TOKEN_NOT_FOUND"
	GrantNotFound    Reason = "GRANT_NOT_FOUND"
	// LastAdmin is of a revocation that would leave nobody who can undo it.
	LastAdmin Reason = "LAST_ADMIN"
	// IssuerUnavailable is of a token whose issuer cannot be asked for its keys.
	IssuerUnavailable Reason = "ISSUER_UNAVAILABLE"
)

// Exit codes of sfctl. "Found bad data" never shares a code with "could not run".
const (
	ExitOK          = 0
	ExitUnexpected  = 1
	ExitUsage       = 2
	ExitData        = 3
	ExitWarnings    = 4
	ExitNotFound    = 5
	ExitConflict    = 6
	ExitDenied      = 7
	ExitUnavailable = 8
	ExitLeak        = 9
	ExitInterrupted = 130
)

// Entry is what the registry holds of a reason: its codes, and the paragraph that
// docs/reference/errors.md shows.
type Entry struct {
	Reason Reason
	// Code is the gRPC status code of an error with this reason.
	Code codes.Code
	// HTTP is the status that the gateway answers with.
	HTTP int
	// Exit is sfctl's exit code.
	Exit int
	// Means says what happened, Kept what was left standing, Do what to do.
	Means, Kept, Do string
}

// Lookup returns the registry's entry of a reason; a reason that the registry does
// not hold reads as Internal.
func Lookup(r Reason) Entry {
	if e, ok := byReason[r]; ok {
		return e
	}
	return byReason[Internal]
}

// Known says whether the registry holds the reason.
func Known(r Reason) bool {
	_, ok := byReason[r]
	return ok
}

// Registry returns every entry, in the order of the documentation.
func Registry() []Entry {
	return append([]Entry(nil), registry...)
}

var byReason = func() map[Reason]Entry {
	m := make(map[Reason]Entry, len(registry))
	for _, e := range registry {
		m[e.Reason] = e
	}
	return m
}()

// RetryAfter is the key under which an error says in how many seconds a call may be tried
// again, as a whole number.
const RetryAfter = "retry_after"
