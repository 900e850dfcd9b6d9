"""What the arithmetic promises whatever the numbers are, and which test holds each promise."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
KPI, EDGE = "unit/kpi/", "unit/edge/"

HELD: dict[str, tuple[tuple[str, str], ...]] = {  # file below tests/, and the test in it
    "the time elements partition planned time exactly": (
        (EDGE + "test_fold.py", "test_sums_partition_every_bucket_of_a_wild_hour"),
        (KPI + "test_states.py", "test_spans_partition_the_window"),
        (KPI + "test_elements.py", "test_durations_split_every_interval"),
        (KPI + "test_measures.py", "test_the_loss_bridge_closes"),
    ),
    "availability, effectiveness and quality multiply to the OEE": (
        (KPI + "test_measures.py", "test_the_factors_multiply_to_the_oee"),
        (KPI + "test_catalogue.py", "test_catalogue_and_plain_functions_agree"),
    ),
    "splitting or merging windows leaves sums unchanged": (
        (KPI + "test_elements.py", "test_sums_do_not_depend_on_where_time_is_cut"),
        (KPI + "test_measures.py", "test_rows_taken_together_are_the_rows"),
        (KPI + "test_states.py", "test_cutting_the_window_changes_no_tick"),
        (KPI + "test_counters.py", "test_cutting_the_input_changes_nothing"),
    ),
    "order of arrival and duplicates change nothing": (
        (EDGE + "test_fold_property.py", "test_order_and_cuts_of_arrival_change_nothing"),
        (
            EDGE + "test_fold_property.py",
            "test_order_and_cuts_of_arrival_change_nothing_in_larger_worlds",
        ),
        ("system/test_import_anyhow.py", "test_a_hundred_shuffled_pieces_make_the_same_tables"),
        ("system/test_import_anyhow.py", "test_the_same_history_twice_makes_the_same_tables"),
    ),
    "time that nobody saw never raises a low or lowers a high": (
        (KPI + "test_measures.py", "test_an_unknown_span_only_widens"),
        (KPI + "test_catalogue.py", "test_not_having_seen_widens_every_bound"),
    ),
    "wraps and extra readings leave the count": (
        (KPI + "test_counters.py", "test_wraps_and_extra_readings_leave_the_count"),
    ),
    "splits at boundaries conserve counts": (
        (EDGE + "test_spread.py", "test_pieces_are_conserved_across_every_boundary"),
        (KPI + "test_elements.py", "test_pieces_are_conserved_and_fair"),
        (KPI + "test_elements.py", "test_many_are_divided_as_one_by_one"),
    ),
    "the limit of a micro-stop leaves the OEE": (
        (EDGE + "test_fold.py", "test_the_limit_of_a_stop_moves_no_piece_and_no_planned_time"),
        (KPI + "test_states.py", "test_the_threshold_only_moves_losses"),
    ),
    "later prices leave the effect of usage": (
        (KPI + "test_improvement.py", "test_prices_do_not_touch_the_usage_effect"),
    ),
    "equal usage under another tariff saves nothing": (
        (KPI + "test_improvement.py", "test_another_tariff_for_the_same_load_saves_nothing"),
    ),
    "swapped periods turn the sign of the change and mirror its interval": (
        (KPI + "test_inference.py", "test_swapping_the_periods_mirrors_the_interval"),
        (KPI + "test_improvement.py", "test_a_verdict_is_mirrored_by_the_direction"),
    ),
    "decompositions add up, in whole won exactly": (
        (KPI + "test_charts.py", "test_effects_add_up_to_the_change"),
        (KPI + "test_improvement.py", "test_the_bennet_split_adds_up"),
        (KPI + "test_improvement.py", "test_fixed_cost_and_exchange_rates_split_exactly"),
        (KPI + "test_improvement.py", "test_whole_won_add_up"),
    ),
    "days have 23 and 25 hours": (
        (KPI + "test_calendar.py", "test_days_have_23_24_and_25_hours"),
        (KPI + "test_calendar.py", "test_two_shifts_cover_every_instant_once"),
        (KPI + "test_calendar.py", "test_a_night_in_autumn_is_nine_hours_long"),
    ),
    "a product without an ideal cycle has no effectiveness": (
        (KPI + "test_measures.py", "test_output_without_a_cycle_has_no_speed"),
        (EDGE + "test_sums.py", "test_a_product_without_a_cycle_matters_only_where_it_was_made"),
        (
            "system/test_hard_shifts.py",
            "test_a_product_without_an_ideal_cycle_has_no_effectiveness",
        ),
    ),
    "nothing is handed in of a day without data": (
        (EDGE + "evidence/test_programme.py", "test_nothing_is_handed_in_without_proof"),
        (EDGE + "test_figures.py", "test_planned_time_without_rows_is_unknown"),
    ),
    "two equal periods prove nothing": (
        (KPI + "test_inference.py", "test_identical_periods_prove_nothing"),
    ),
    "the interval covers as often as it says, and finds no change where there is none": (
        (KPI + "test_inference.py", "test_the_interval_keeps_its_promise"),
    ),
    "a package is made again byte for byte": (
        (EDGE + "evidence/test_packages.py", "test_made_twice_it_is_the_same_file"),
        (EDGE + "evidence/test_report.py", "test_the_same_figures_give_the_same_bytes"),
        ("system/test_evidence.py", "test_a_stranger_verifies_what_the_service_made"),
    ),
}


@pytest.mark.parametrize("promise", HELD)
def test_what_holds_a_promise_exists(promise: str) -> None:
    """The table must not name a test that was renamed or removed."""
    assert HELD[promise]
    for path, test in HELD[promise]:
        defined = re.findall(r"def (test_\w+)\(", (TESTS / path).read_text("utf-8"))
        assert test in defined, f"{path} has no {test}"
