-- A validation is never changed, but for the rows that it lists: those of keys that were
-- erased are taken out of its report. Its counts and its verdict stay.

-- +goose Up
grant update (report) on sf_quality.validation to sf_quality;
comment on table sf_quality.validation is
    'The outcome of all expectations of a dataset over one batch. Written once; only rows of keys that were erased are taken out of its report.';

-- +goose Down
revoke update (report) on sf_quality.validation from sf_quality;
