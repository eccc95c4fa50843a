"""The symptom codes: the words that readings, protocols and locale files share.

Source: the labelled reply corpus's list, and the codes that the clinical research found missing from it
(hypothermia to opted_out). A code outside this set in any content file is a load error.
"""

CORPUS_CODES = frozenset(
    """
    fever chills low_blood_pressure fast_heartbeat trouble_breathing chest_pain fainting confusion word_finding tremor
    sleepiness headache hallucination seizure unresponsive cough sore_throat painful_urination wound_infection diarrhea
    vomiting nausea rash allergic_reaction bleeding fatigue pain self_harm hospitalised
    """.split()
)

FURTHER_CODES = frozenset(
    """
    hypothermia focal_weakness movement_change memory_loss vision_change stiff_neck mouth_sores catheter_site
    abdominal_pain hypoxia swallowing muscle_weakness joint_swelling swelling kidney_signs high_blood_pressure
    poor_intake blisters coughing_blood night_sweats weight_loss lump new_cancer pregnancy disease_flare low_mood fall
    sick_contact missed_medicine medicine_change antipyretic_taken steroid_or_tocilizumab no_thermometer no_caregiver
    garbled_text slow_reply caregiver_concern unwell worse test_helped contact_change
    """.split()
)

# What the service itself notices and a human must answer for, judged by the same table as symptoms.
EVENT_CODES = frozenset(
    """
    missed_checkin opted_out caregiver_opted_out consent_declined undeliverable unreadable not_understood
    late_checkins unknown_sender unwatched_reply language_wanted no_second_temperature test_unanswered
    nobody_reached help_not_reached
    """.split()
)

CODES = CORPUS_CODES | FURTHER_CODES | EVENT_CODES
