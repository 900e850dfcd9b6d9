"""Rows of the fault matrix that are not played on a stage: what test holds them, or none.

A row stands in one place only: on the stage (`rows_*.py`), or here with its test, or as not run.
"""

HELD: dict[str, tuple[str, str]] = {  # file below tests/, and the test in it
    "3": ("system/test_shutdown.py", "test_every_open_stream_is_told_goodbye"),
    "15": (
        "unit/edge/mending/test_torn.py",
        "test_a_torn_tail_costs_what_lies_in_it_and_is_reported",
    ),
    "25": (
        "unit/edge/test_place.py",
        "test_an_empty_place_where_data_have_been_is_refused",
    ),
    "32": (
        "unit/collectors/test_opcua_decode.py",
        "test_a_time_that_cannot_be_is_replaced_and_flagged",
    ),
    "34": (
        "contract/test_sink_recount.py",
        "test_of_two_rows_of_one_time_the_later_is_kept_and_counted_once",
    ),
    "35": (
        "unit/collectors/test_opcua_settings.py",
        "test_a_certificate_that_is_not_valid_yet_is_tried_again_once_the_clock_is_set",
    ),
    "40": ("unit/collectors/test_opcua_stream.py", "test_a_line_that_changes_bytes_is_left"),
    "48": ("contract/test_opcua.py", "test_a_deleted_node_comes_back"),
    "49": (
        "contract/test_opcua_channel.py",
        "test_a_refused_publish_request_costs_nothing_unnamed",
    ),
    "50": ("contract/test_opcua_channel.py", "test_a_refused_subscription_is_asked_for_again"),
    "51": ("contract/test_opcua.py", "test_a_server_without_a_free_session_is_tried_again"),
    "52": ("contract/test_opcua.py", "test_a_server_with_a_short_queue_is_told_on"),
    "54": ("contract/test_opcua.py", "test_values_keep_status_and_time"),
    "55": ("unit/collectors/test_opcua_settings.py", "test_no_deadband_can_be_set"),
    "56": (
        "system/test_hard_shifts.py",
        "test_what_the_readings_still_tell_is_found_to_the_last_piece",
    ),
    "57": (
        "unit/collectors/test_opcua_stream.py",
        "test_every_message_is_stored_once_and_in_order",
    ),
    "58": ("contract/test_opcua_channel.py", "test_new_keys_cost_no_sample"),
    "59": ("contract/test_opcua.py", "test_an_unknown_server_waits_until_it_is_accepted"),
    "60": (
        "unit/collectors/test_opcua_settings.py",
        "test_a_server_that_offers_too_little_is_not_taken",
    ),
    "61": ("contract/test_opcua_limits.py", "test_a_message_without_an_end_is_not_waited_for"),
    "64": (
        "system/test_flood.py",
        "test_a_hundred_thousand_changes_a_second_are_held_back_or_stored",
    ),
    "69": ("contract/test_mqtt.py", "test_a_topic_that_is_refused_is_told_and_the_others_flow"),
    "71": (
        "contract/test_mqtt_crowd.py",
        "test_a_topic_that_floods_is_bounded_and_hinders_no_other",
    ),
    "72": (
        "unit/collectors/test_mqtt_topics.py",
        "test_a_publisher_that_invents_topics_does_not_fill_our_memory",
    ),
    "73": ("contract/test_mqtt.py", "test_a_retained_message_is_no_news"),
    "74": (
        "unit/collectors/test_mqtt_payload.py",
        "test_arrival_that_tells_no_time_is_flagged_and_a_payload_time_is_not",
    ),
    "75": (
        "contract/test_sparkplug.py",
        "test_a_node_that_misbehaves_in_every_way_is_stale_at_once_and_asked_seldom",
    ),
    "76": ("contract/test_mqtt_tls.py", ""),
    "77": (
        "contract/test_mqtt_crowd.py",
        "test_a_right_that_is_taken_away_without_a_word_is_told",
    ),
    "79": (
        "unit/edge/test_influxdb_sink.py",
        "test_a_busy_server_is_waited_for_and_nothing_is_lost",
    ),
    "80": (
        "contract/test_influxdb.py",
        "test_bad_lines_go_to_quarantine_and_their_neighbours_are_stored",
    ),
    "81": ("contract/test_influxdb.py", "test_a_body_that_the_server_finds_too_long_is_halved"),
    "82": ("contract/test_influxdb.py", "test_a_wrong_secret_parks_the_sink_until_it_is_replaced"),
    "84": (
        "contract/test_sink_recount.py",
        "test_a_server_that_takes_everything_and_keeps_nothing_is_found",
    ),
    "85": ("contract/test_influxdb_link.py", "test_an_answer_that_does_not_end_is_given_up"),
    "86": (
        "contract/test_sink_hostile.py",
        "test_a_server_with_too_many_series_keeps_what_it_has_and_tells",
    ),
    "91": ("system/test_any_input.py", "test_no_request_makes_the_service_fail"),
    "87": ("contract/test_influxdb.py", "test_points_older_than_retention_go_to_quarantine"),
    "88": (
        "contract/test_sink_hostile.py",
        "test_what_is_said_to_be_stored_is_there_and_the_rest_is_set_aside",
    ),
    "92": (
        "browser/test_away.py",
        "test_a_page_away_for_eight_hours_comes_back_to_the_present",
    ),
    "93": ("system/test_report_over_gap.py", "test_a_report_over_a_gap_prints_what_was_seen"),
    "94": ("unit/edge/test_good.py", "test_with_faults_the_one_that_ran_last_is_used"),
    "95": ("unit/edge/test_config.py", "test_files_that_are_missing_or_open_are_remarked"),
    "96": (
        "unit/edge/test_audit.py",
        "test_of_a_log_that_was_meddled_with_the_first_bad_entry_is_named",
    ),
    "97": ("unit/edge/evidence/test_forging.py", ""),
    "99": ("system/test_secrets.py", "test_no_secret_is_told"),
    "103": (
        "unit/edge/test_sealing.py",
        "test_killed_at_any_step_nothing_is_lost_or_doubled",
    ),
    "106": ("unit/edge/test_sealing.py", "test_a_full_disk_keeps_the_blocks"),
    "107": ("unit/edge/test_sealing.py", "test_rows_that_read_back_wrong_are_not_sealed"),
    "110": ("unit/edge/test_history.py", "test_three_readers_find_every_row_once_while_it_seals"),
    "112": (
        "contract/test_sink_lag.py",
        "test_three_days_without_a_sink_come_from_the_archive",
    ),
    "113": ("system/test_import_anyhow.py", "test_a_hundred_shuffled_pieces_make_the_same_tables"),
    "114": (
        "unit/edge/test_archive.py",
        "test_a_live_row_with_an_impossible_time_is_filed_by_its_arrival",
    ),
    "116": ("unit/edge/test_importing.py", "test_damaged_binary_files_are_refused"),
    "117": (
        "unit/edge/evidence/test_same_bits.py",
        "test_other_cuts_places_and_threads_give_the_same_bits",
    ),
    "118": (
        "unit/edge/test_fold_restating.py",
        "test_a_crash_in_a_fold_leaves_the_mark_and_the_old_rows",
    ),
    "119": (
        "unit/edge/test_fold_restating.py",
        "test_late_scrap_makes_a_revision_and_keeps_the_old_row",
    ),
    "120": (
        "system/test_restated.py",
        "test_what_was_issued_stays_and_says_that_it_was_restated",
    ),
    "121": ("unit/edge/test_intake.py", "test_a_failed_commit_acknowledges_nobody"),
    "124": ("unit/edge/test_catalog.py", "test_an_id_is_given_once"),
}

MEASURED: dict[str, tuple[str, str]] = {  # what is run for it, and what that prints
    "24": ("python -m tests.bench.wear", "bytes that reach the card for each sample"),
    "100": ("make soak", "random faults for as long as it is told, and one verdict"),
}

NOT_RUN = {  # of these nothing is promised, and why
    98: "there are no accounts: only the box itself is served, and nobody logs in",
    102: "there is no merge of a day's parts into one, so no child that could be killed in it",
    109: "there is no merge of a day's parts into one",
    115: "nothing is deleted by age: a full disk holds sources back until there is room",
}


def told() -> str:
    """What the table has to say of the rows that are not in it."""
    by_number = sorted(HELD.items(), key=lambda one: int(one[0]))
    held = "".join(f"| {n} | `tests/{'::'.join(at).strip(':')}` |\n" for n, at in by_number)
    apart = "".join(f"| {n} | `{run}` | {what} |\n" for n, (run, what) in MEASURED.items())
    rest = "".join(f"| {n} | {why} |\n" for n, why in NOT_RUN.items())
    return (
        "\nRows that a test holds, which runs for every change:\n\n| Row | Test |\n|---|---|\n"
        f"{held}\nRows that a run of its own measures:\n\n| Row | Run | What |\n|---|---|---|\n"
        f"{apart}\nNot run, so nothing is promised of them:\n\n| Row | Why |\n|---|---|\n{rest}"
    )
