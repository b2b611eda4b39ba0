-- +goose Up
create table sf_quality.only (v integer);
