#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the pretended systems keep to their contracts: what the real API refuses, they refuse."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from fault_cases import Faults, Population, Wire  # noqa: E402,F401
from hubspot_cases import (  # noqa: E402,F401
    HubSpotFormsAndEvents,
    HubSpotLimits,
    HubSpotReading,
    HubSpotSearch,
    HubSpotWebhooks,
    HubSpotWriting,
)
from salesforce_cases import (
    SalesforceCollections,
    SalesforceLogin,
    SalesforceQueries,
    SalesforceRows,
)  # noqa: E402,F401

if __name__ == "__main__":
    unittest.main()
