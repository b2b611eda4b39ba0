package statement

// Settings are for the transaction in which whole tables are compared: room for hash joins
// of a million keys, and no nested loop where there is another way. Of the ledgers of keys
// PostgreSQL mostly has no statistics yet, since they were written a moment ago: it takes a
// million of them for one, and would look through all of them for each row.
const Settings = "set local work_mem = '64MB'; set local enable_nestloop = off"
