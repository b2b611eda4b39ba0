-- Who may call: the tokens of people and machines. Of a secret only the hash is kept, so
-- that who reads this table, or a backup of it, can call as nobody.

-- +goose Up
create table sf_orchestrator.token (
    id           text collate "C" primary key,
    name         text not null,
    role         text not null check (role in ('reader', 'operator', 'steward', 'admin')),
    all_datasets boolean not null,
    datasets     text[] not null check (all_datasets = (cardinality(datasets) = 0)),
    hash         bytea not null unique check (length(hash) = 32),
    created_by   text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    revoked_by   text not null default '',
    last_used_at timestamptz
);
comment on table sf_orchestrator.token is
    'What people and machines call with. The hash is the SHA-256 of the secret, which nobody has but who was given it.';

grant select, insert, update on sf_orchestrator.token to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.token;
