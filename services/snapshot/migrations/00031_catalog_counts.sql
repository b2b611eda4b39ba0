-- A count below zero is a mistake of the service's own, and ends its transaction.

-- +goose Up
alter table sf_snapshot.catalog add constraint rows_are_counted check (rows >= 0) not valid;

-- +goose Down
alter table sf_snapshot.catalog drop constraint rows_are_counted;
