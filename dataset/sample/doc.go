// Package sample writes data of the built-in dataset's shape: any number of
// months for any number of users, streamed in flat memory.
//
// The same options give the same bytes, on every machine. A month depends on the
// options and its own number only, so that one can be written again alone. Its
// numbers are drawn to look like the real extracts, quirks included: booleans as
// True and False, decimals of up to 17 digits, plan columns that are empty where
// net_service is No, users and subscriptions that are the same bytes each month
// while nobody comes or goes, usage that differs in every row, and labels of
// which about a third flip from month to month.
package sample
