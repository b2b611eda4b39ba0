-- What a validation could not see.

-- +goose Up
alter table sf_quality.validation
    -- Rows of all tables that were delivered and could not be staged. Validations from
    -- before this column did not know of any.
    add column rejected_rows bigint not null default 0;

-- +goose Down
alter table sf_quality.validation drop column rejected_rows;
