-- What those may do whose identity an OpenID issuer tells: roles of subjects, and of whoever
-- the issuer says certain things of. Claims are kept as name=value, in order.

-- +goose Up
create table sf_orchestrator.role_grant (
    id           text collate "C" primary key,
    role         text not null check (role in ('reader', 'operator', 'steward', 'admin')),
    all_datasets boolean not null,
    datasets     text[] not null check (all_datasets = (cardinality(datasets) = 0)),
    issuer       text not null check (issuer <> ''),
    subject      text not null,
    claims       text[] not null check (subject <> '' or cardinality(claims) > 0),
    created_by   text not null,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz,
    revoked_by   text not null default '',
    last_used_at timestamptz
);
create index role_grant_issuer on sf_orchestrator.role_grant (issuer, subject) where revoked_at is null;
comment on table sf_orchestrator.role_grant is
    'Roles of subjects of OpenID issuers (subject), or of all of whom an issuer says something (claims).';

grant select, insert, update on sf_orchestrator.role_grant to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.role_grant;
